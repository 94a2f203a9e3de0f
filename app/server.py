"""The server: loads the application once; every process that answers is a copy of it.

`python -m app.server HOST PORT WORKERS`. A copy shares the memory of what was loaded until it writes to it, so two
processes cost little more than one, and one that died is back in milliseconds instead of seconds. Nothing may be open
before the copies are made: no connection to the database, no thread.
"""

import gc
import multiprocessing
import signal
import sys
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from app.serving import go_with_parent
from core.db import db


def main(host: str, port: int, workers: int) -> None:
    gc.disable()  # while everything is loaded nothing becomes free
    from wsgi import application

    gc.enable()
    with application.app_context():
        db.engine.dispose()  # should anything have been opened while loading, no copy may share it

    def copy(_target: str) -> Any:
        go_with_parent(signal.SIGKILL)
        return application

    multiprocessing.set_start_method("fork")
    Granian(
        "wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=4,
        backlog=1024,
        respawn_failed_workers=True,
        respawn_interval=0.2,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve(target_loader=copy)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
