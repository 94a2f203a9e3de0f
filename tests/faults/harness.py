"""People write through a real server while its processes are killed; afterwards the database must hold its word:
what was acknowledged is there, once; nothing is half-written; the trail verifies; the next start needs no hand."""

import contextlib
import http.client
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

import psutil

from tests.browser.conftest import ROOT, free_port
from tests.people import PASSWORD


class House:
    """The processes of an installation on one data folder; may be killed and started again."""

    def __init__(self, folder: Path, *, database_url: str = "") -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.environment = {
            key: value for key, value in os.environ.items() if not key.startswith("PLUMBLINE_")
        }
        self.environment |= {
            "PLUMBLINE_DATA_DIR": str(folder),
            "PLUMBLINE_PORT": str(self.port),
            "PLUMBLINE_WORKERS": "2",
            "PLUMBLINE_CHEAP_PASSWORDS": "1",
            "PLUMBLINE_SECRET_KEY": "not a secret, only for tests",
        }
        if database_url:
            self.environment["PLUMBLINE_DATABASE_URL"] = database_url

    def start(self) -> None:
        log = (self.folder / "server.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve"],
            cwd=ROOT, env=self.environment, start_new_session=True, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        log.close()
        for _try in range(1200):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=2):
                    return
            except (OSError, http.client.HTTPException):
                assert self.process.poll() is None, (self.folder / "server.log").read_text()[-2000:]
                time.sleep(0.05)
        raise AssertionError("the server does not answer")

    def web_workers(self) -> list[psutil.Process]:
        """The processes that answer: those below the server, which is below the one that watches over it."""
        assert self.process is not None
        with contextlib.suppress(psutil.NoSuchProcess):
            servers = psutil.Process(self.process.pid).children()
            return [worker for server in servers for worker in server.children()]
        return []

    def kill_one(self, chance: random.Random) -> None:
        for _try in range(200):
            workers = self.web_workers()
            if workers:
                with contextlib.suppress(psutil.NoSuchProcess):
                    chance.choice(workers).kill()
                return
            time.sleep(0.05)
        raise AssertionError("the server has no processes that answer")

    def kill_all(self) -> None:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill_all()


class Writer(threading.Thread):
    """A person who records findings one after the other and sends a form again when the line breaks."""

    def __init__(self, house: House, number: int, email: str) -> None:
        super().__init__(daemon=True)
        self.house, self.number, self.email = house, number, email
        self.acknowledged: list[str] = []
        self.stop_asked = threading.Event()
        self.failure = ""
        self.cookie = self.token = self.unit = ""

    def _ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, dict[str, str], str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.house.port, timeout=10)
        try:
            headers = {"Cookie": self.cookie} if self.cookie else {}
            body = None
            if form is not None:
                body = urlencode(form)
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request("GET" if form is None else "POST", path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            if answer.getheader("Set-Cookie"):
                self.cookie = (answer.getheader("Set-Cookie") or "").split(";")[0]
            return answer.status, dict(answer.getheaders()), text
        finally:
            connection.close()

    def _patiently(self, path: str, form: dict[str, str] | None = None) -> tuple[int, dict[str, str], str]:
        """The same request again until it is answered: what people and browsers do."""
        last: Exception | None = None
        for _try in range(3000):
            try:
                return self._ask(path, form)
            except (OSError, http.client.HTTPException) as error:
                last = error
                time.sleep(0.05)
        raise AssertionError(f"no answer: {last}")

    def sign_in(self) -> None:
        _status, _headers, text = self._patiently("/sign-in")
        status, _headers, _text = self._patiently(
            "/sign-in", {"csrf_token": _token(text), "email": self.email, "password": PASSWORD}
        )
        assert status == 302, status
        _status, _headers, text = self._patiently("/findings/new")
        self.token = _token(text)
        found = re.search(r'name="unit_id".*?<option[^>]* value="(\d+)"', text, re.DOTALL)
        assert found is not None
        self.unit = found.group(1)

    def run(self) -> None:
        try:
            number = 0
            while not self.stop_asked.is_set():
                number += 1
                words = f"Writer {self.number}, finding {number}"
                form = {
                    "csrf_token": self.token, "_once": f"w{self.number}-{number}", "statement_en": words,
                    "grade": "ofi", "unit_id": self.unit,
                }  # fmt: skip
                status, _headers, text = self._patiently("/findings/new", form)
                if status != 302:
                    self.failure = f"{status}: {text[:1500]}"
                    return
                self.acknowledged.append(words)
        except AssertionError as error:
            self.failure = str(error)


def _token(text: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', text)
    assert found is not None, text[:500]
    return found.group(1)
