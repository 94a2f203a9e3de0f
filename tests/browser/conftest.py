"""A real server, a real worker and headless Chromium, on a database of the test's own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Response, sync_playwright

from tests.browser import checks
from tests.people import PASSWORD

ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
#: where pictures of a failed test are kept
PICTURES = Path(os.environ.get("PLUMBLINE_TEST_PICTURES", ROOT / "var" / "pictures"))

#: what a page loads by itself
PARTS = {"stylesheet", "script", "image", "font"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Site:
    url: str
    folder: Path


def serve(folder: Path, **settings: str) -> Iterator[Site]:
    """`plumbline serve --with-worker` on a data folder, until the test ends."""
    port = free_port()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PLUMBLINE_")}
    environment |= {
        "PLUMBLINE_DATA_DIR": str(folder),
        "PLUMBLINE_PORT": str(port),
        "PLUMBLINE_BASE_URL": f"http://127.0.0.1:{port}",
        "PLUMBLINE_WORKERS": "1",
        "PLUMBLINE_CHEAP_PASSWORDS": "1",
        **settings,
    }
    log = (folder / "server.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "serve", "--with-worker"],
        cwd=ROOT, env=environment, start_new_session=True, stdout=log, stderr=subprocess.STDOUT,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        for _try in range(600):
            try:
                with urllib.request.urlopen(f"{url}/health", timeout=5):
                    break
            except OSError:
                assert process.poll() is None, (folder / "server.log").read_text()
                time.sleep(0.1)
        yield Site(url, folder)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        log.close()


def make_site(template: tuple[str, Path], folder: Path) -> Path:
    """The same few persons as in every test, with the catalogs loaded, in `folder`."""
    shutil.copyfile(template[1] / "plumbline.db", folder / "plumbline.db")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PLUMBLINE_")}
    subprocess.run(
        [sys.executable, "-m", "app.cli", "init"],
        cwd=ROOT, env={**environment, "PLUMBLINE_DATA_DIR": str(folder)}, check=True, capture_output=True,
    )  # fmt: skip
    return folder


@pytest.fixture(scope="session")
def site(template: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    yield from serve(make_site(template, tmp_path_factory.mktemp("site")))


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.fail("Chromium is missing; ./plumb test installs it")
    from core.documents import fonts

    setup = fonts.prepare(tmp_path_factory.mktemp("fonts"))
    environment: dict[str, Any] = dict(os.environ)
    if setup.config is not None:
        environment["FONTCONFIG_FILE"] = str(setup.config)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                  "--disable-component-update", "--disable-sync"],
            env=environment,
        )  # fmt: skip
        yield started
        started.close()


class Visitor:
    """One person at one browser: signs in, opens pages, and no page may write an error into the console."""

    def __init__(
        self, browser: Browser, site: Site, *, language: str, width: int, dark: bool = False
    ) -> None:
        self.site, self.language, self.dark = site, language, dark
        phone = width <= checks.PHONE
        self.context = browser.new_context(
            base_url=site.url,
            locale="zh-CN" if language == "zh" else "en-GB",
            viewport={"width": width, "height": 844 if phone else 900},
            has_touch=phone,
            is_mobile=phone,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            accept_downloads=True,
        )
        self.context.set_default_timeout(30_000)
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("console", lambda message: self._console(message.type, message.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("response", self._response)

    def _console(self, kind: str, text: str) -> None:
        if kind == "error" and "Failed to load resource" not in text:  # what failed is told by its answer
            self.errors.append(text)

    def _response(self, answer: Response) -> None:
        """A fault of the server is one wherever it happens; a missing part of a page too. A refused form is none."""
        if answer.status >= 500 or (answer.status >= 400 and answer.request.resource_type in PARTS):
            self.errors.append(f"{answer.url} answers {answer.status}")

    def sign_in(self, email: str, password: str = PASSWORD) -> "Visitor":
        self.context.clear_cookies()
        self.page.goto(f"/sign-in?lang={self.language}")
        self.page.fill("#email", email)
        self.page.fill("#password", password)
        self.page.click("main form button.btn-primary")
        self.page.wait_for_url(lambda url: "/sign-in" not in url)
        return self

    def open(self, path: str) -> Page:
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status < 400, f"{path}: {answer.status}"
        return self.page

    def check(self, what: str = "") -> None:
        """Nothing in the console, nothing serious found by axe, no sideways scroll."""
        assert not self.errors, f"{what or self.page.url}: {self.errors}"
        found = checks.serious(self.page) + checks.wider(self.page)
        assert not found, f"{what or self.page.url}: {found}"

    @property
    def keeps_pictures(self) -> bool:
        """Whoever names a folder for them wants to see pages that are right, too."""
        return "PLUMBLINE_TEST_PICTURES" in os.environ

    def picture(self, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Callable[..., Visitor]]:
    """`visit("zh", width=390)`: a new browser window."""
    opened: list[Visitor] = []

    def start(
        language: str = "en", *, width: int = 1440, dark: bool = False, at: Site | None = None
    ) -> Visitor:
        made = Visitor(browser, at or site, language=language, width=width, dark=dark)
        opened.append(made)
        return made

    yield start
    for one in opened:
        one.close()
