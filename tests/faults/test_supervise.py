"""Who watches over the server: what was killed comes back, however often; what can't start is given up."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from core import settings

WATCH = """
import os, sys
from pathlib import Path
from app import serving
serving.TRIES = 3
serving.supervise([sys.executable, "-S", "-c", sys.argv[1], sys.argv[2]], None, Path.cwd(), dict(os.environ))
"""
NOTE = "import os, sys; open(sys.argv[1], 'a').write('x'); "


def watch(ending: str, notes: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", WATCH, NOTE + ending, str(notes)], cwd=settings.ROOT)


def test_one_that_is_killed_is_started_again_however_often(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    process = watch("os.kill(os.getpid(), 9)", notes)
    try:
        end = time.monotonic() + 60
        while not (notes.exists() and len(notes.read_text()) >= 8):
            assert process.poll() is None, "given up"
            assert time.monotonic() < end, "not started again"
            time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_one_that_cannot_start_is_given_up(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    process = watch("sys.exit(3)", notes)
    assert process.wait(60) == 1
    assert notes.read_text() == "xxx"


def test_nothing_is_left_when_the_one_who_watches_is_killed(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    process = watch(
        "open(sys.argv[1] + '.pid', 'w').write(str(os.getpid())); import time; time.sleep(600)", notes
    )
    number = Path(f"{notes}.pid")
    end = time.monotonic() + 60
    while not (number.exists() and number.read_text()):
        assert time.monotonic() < end, "never started"
        time.sleep(0.05)
    child = psutil.Process(int(number.read_text()))
    process.kill()
    process.wait()
    child.wait(30)
