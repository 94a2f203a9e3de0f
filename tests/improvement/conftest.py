from collections.abc import Iterator

import pytest
import time_machine

from improvement import measures
from tests.improvement.builders import START, CaseTable


@pytest.fixture
def cases() -> Iterator[CaseTable]:
    table = CaseTable()
    measures.register("cases", table)
    yield table
    measures.unregister("cases")


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller
