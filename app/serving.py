"""`plumbline serve`: starts the server and keeps it up. Light on purpose: this process stays for as long as the site."""

import ctypes
import errno
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core import settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

LETTING_GO = 3  # seconds
PR_SET_PDEATHSIG = 1  # of linux/prctl.h
TRIES = 50  # starts that end at once, one after another, before the server is given up


@click.command()
@click.option("--port", type=int, help="Port; else PLUMBLINE_PORT.")
@click.option("--with-worker", is_flag=True, help="Start the job worker beside the server.")
def serve(port: int | None, with_worker: bool) -> None:
    """Serve the site until stopped."""
    values = settings.read()
    environment = dict(os.environ)
    _refuse_taken_port(str(values["HOST"]), port or int(str(values["PORT"])))
    address = [str(values["HOST"]), str(port or values["PORT"]), str(values["WORKERS"])]
    supervise(
        [sys.executable, "-m", "app.server", *address],
        [sys.executable, "-m", "app.cli", "worker"] if with_worker else None,
        settings.ROOT,
        environment,
    )


class Turns:
    """The requests of one process take turns: two threads that compute at once only get into each other's way under
    Python's lock, a third of the throughput. Who waits longer than PATIENCE goes ahead all the same, so that one long
    export or one slow sender holds nobody up."""

    PATIENCE: float = 0.03  # seconds, the time of ten ordinary pages

    def __init__(self, application: "WSGIApplication") -> None:
        self.application = application
        self.turn = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        mine = self.turn.acquire(timeout=self.PATIENCE)
        try:
            return self.application(environ, start_response)
        finally:
            if mine:
                self.turn.release()


def settled(application: "Flask") -> "Flask":
    """For a server process, once everything is loaded: what was made until now stays for good, so the collector need
    not look at it again."""
    application.wsgi_app = Turns(application.wsgi_app)  # type: ignore[method-assign]  # the documented way
    gc.collect()
    gc.freeze()
    return application


def go_with_parent(sign: signal.Signals) -> None:
    """In a process just begun: when the one above it is killed, this one gets the signal, so that nothing is left over
    that keeps the port. Only Linux knows how."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, sign)


def _refuse_taken_port(host: str, port: int) -> None:
    """Say so when something else listens there, instead of a server that dies again and again. What was killed just
    now takes a moment to let go of it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    end = time.monotonic() + LETTING_GO
    while True:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno != errno.EADDRINUSE or time.monotonic() > end:
                    raise click.ClickException(
                        f"{host}:{port} can't be used: {error.strerror}. Choose another --port."
                    ) from error
            else:
                return
        time.sleep(0.1)


def supervise(server: list[str], worker: list[str] | None, cwd: Path, environment: dict[str, str]) -> None:
    """Run the server until it is told to stop; a server or job worker that dies is started again."""
    stopping = False

    def start(command: list[str]) -> "subprocess.Popen[bytes]":
        going = partial(go_with_parent, signal.SIGTERM)
        return subprocess.Popen(command, cwd=cwd, env=environment, preexec_fn=going)  # noqa: PLW1509 - this process has no threads

    def stop(*_: Any) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    main, since, early = start(server), time.monotonic(), 0
    helper = start(worker) if worker else None
    while not stopping:
        time.sleep(0.2)
        if main.poll() is not None:
            # one that can't start at all is given up in the end; one that was killed is started again, however often
            gave_up = main.returncode >= 0 and time.monotonic() - since < 2
            early = early + 1 if gave_up else 0
            if early >= TRIES:
                break
            main, since = start(server), time.monotonic()
        if helper is not None and helper.poll() is not None and worker is not None:
            time.sleep(1)
            helper = start(worker)
    for child in (main, helper):
        if child is not None and child.poll() is None:
            child.terminate()
    for child in (main, helper):
        if child is not None:
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
    if not stopping and main.returncode:
        raise click.exceptions.Exit(1)
