from collections.abc import Iterator

import pytest
import time_machine

from tests.complaints.builders import START


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller
