"""Starts the product and the bare reference on free ports, each with one data folder of its own, and stops them."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.load import read_answer

ROOT = Path(__file__).resolve().parent.parent
EMAIL, PASSWORD = "bench@example.org", "a long enough word"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Server:
    port: int
    pid: int
    folder: Path
    started_in: float = 0.0
    cookie: str = ""
    token: str = ""

    def ask(
        self, path: str, *, form: dict[str, str] | None = None, cookie: str | None = None
    ) -> tuple[int, dict[bytes, bytes], bytes]:
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as stream:
            stream.sendall(self.request(path, form=form, cookie=self.cookie if cookie is None else cookie))
            status, headers, body, _rest = read_answer(stream, b"")
            return status, headers, body

    def request(self, path: str, *, form: dict[str, str] | None = None, cookie: str | None = None) -> bytes:
        """A raw request, with the session of the person who signed in."""
        from urllib.parse import urlencode

        lines = [
            f"{'GET' if form is None else 'POST'} {path} HTTP/1.1",
            "Host: localhost",
            "Accept-Language: en",
        ]
        cookie = self.cookie if cookie is None else cookie
        if cookie:
            lines.append(f"Cookie: {cookie}")
        body = b""
        if form is not None:
            body = urlencode(form).encode()
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    def sign_in(self, email: str = EMAIL, password: str = PASSWORD) -> None:
        status, headers, body = self.ask("/sign-in", cookie="")
        assert status == 200
        cookie = _cookie(headers)
        token = csrf(body)
        status, headers, _body = self.ask(
            "/sign-in", form={"csrf_token": token, "email": email, "password": password}, cookie=cookie
        )
        assert status == 302, status
        self.cookie = _cookie(headers)
        _status, headers, body = self.ask("/tasks")
        self.cookie = _cookie(headers) or self.cookie
        self.token = csrf(body)


def _cookie(headers: dict[bytes, bytes]) -> str:
    return headers.get(b"set-cookie", b"").decode().split(";")[0]


def csrf(body: bytes) -> str:
    found = re.search(rb'name="csrf_token" value="([^"]+)"', body)
    assert found is not None
    return found.group(1).decode()


def _wait(port: int, path: str, process: "subprocess.Popen[bytes]") -> float:
    started = time.perf_counter()
    while time.perf_counter() - started < 60:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer,
        ):
            if answer.status == 200:
                return time.perf_counter() - started
        time.sleep(0.02)
    raise RuntimeError("the server did not answer within a minute")


@contextlib.contextmanager
def _running(
    command: list[str], environment: dict[str, str], cwd: Path, port: int, path: str
) -> Iterator[Server]:
    process = subprocess.Popen(command, env=environment, cwd=cwd, start_new_session=True)
    try:
        took = _wait(port, path, process)
        yield Server(port, process.pid, cwd, took)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(15)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def clean_environment(**more: str) -> dict[str, str]:
    """Without our own settings, and with Python keeping what it compiled, as on any machine that serves."""
    ours = {key for key in os.environ if key.startswith("PLUMBLINE_")} | {"PYTHONDONTWRITEBYTECODE"}
    return {**{key: value for key, value in os.environ.items() if key not in ours}, **more}


@contextlib.contextmanager
def reference(rows: int, *, sync: str, workers: int) -> Iterator[Server]:
    """Bare Flask, one SQLite query, a Jinja table of 50 rows; by the same server program."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        environment = clean_environment(
            REF_DB=str(Path(folder) / "reference.db"), REF_N=str(rows), REF_SYNC=sync
        )
        seeding = "import reference"
        subprocess.run([sys.executable, "-c", seeding], env=environment, cwd=ROOT / "bench", check=True)
        command = [
            str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
            "--workers", str(workers), "--blocking-threads", "1", "--no-ws", "--log-level", "warning", "reference:app",
        ]  # fmt: skip
        with _running(command, environment, ROOT / "bench", port, "/hello") as server:
            yield server


@contextlib.contextmanager
def product(folder: Path, *, workers: int = 2, with_worker: bool = False) -> Iterator[Server]:
    """The product as `plumbline serve` starts it, on an existing data folder."""
    port = free_port()
    environment = clean_environment(
        PLUMBLINE_DATA_DIR=str(folder), PLUMBLINE_PORT=str(port), PLUMBLINE_WORKERS=str(workers)
    )
    command = [sys.executable, "-m", "app.cli", "serve", *(["--with-worker"] if with_worker else [])]
    with _running(command, environment, ROOT, port, "/health") as server:
        server.folder = folder
        yield server
