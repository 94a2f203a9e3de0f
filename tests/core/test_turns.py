"""Requests of a server process take turns, and none holds the others up for long."""

import threading
import time
from collections.abc import Iterable
from typing import Any

from app.serving import Turns


def start_response(*_: Any) -> Any:
    return None


def test_two_requests_do_not_compute_at_once() -> None:
    inside: list[int] = []
    most: list[int] = []

    def application(_environ: Any, _start: Any) -> Iterable[bytes]:
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.002)
        inside.pop()
        return []

    turns = Turns(application)
    turns.PATIENCE = 60.0  # however slow this machine is
    threads = [threading.Thread(target=lambda: turns({}, start_response)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1


def test_a_long_request_holds_nobody_up() -> None:
    done = threading.Event()

    def application(environ: Any, _start: Any) -> Iterable[bytes]:
        if environ["long"]:
            assert done.wait(20)
        return []

    turns = Turns(application)
    long = threading.Thread(target=lambda: turns({"long": True}, start_response))
    long.start()
    list(turns({"long": False}, start_response))
    done.set()
    long.join()
    assert not turns.turn.locked()


def test_a_failure_gives_the_turn_back() -> None:
    def application(_environ: Any, _start: Any) -> Iterable[bytes]:
        raise RuntimeError

    turns = Turns(application)
    for _ in range(2):
        try:
            turns({}, start_response)
        except RuntimeError:
            assert not turns.turn.locked()
