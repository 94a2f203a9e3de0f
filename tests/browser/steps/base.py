"""Windows of the actors, and the small words that every step uses."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Site, Visitor
from tests.browser.steps.texts import TEXTS
from tests.browser.words import say
from tests.people import PASSWORD

expect.set_options(timeout=30_000)
DESK, PHONE = 1440, 390
UNITS = {
    "ORG": {"en": "City Services", "zh": "城市服务中心"},
    "NORTH": {"en": "North division", "zh": "北区"},
    "SOUTH": {"en": "South division", "zh": "南区"},
    "LIGHTS": {"en": "Street lights", "zh": "路灯班"},
}


class Steps:
    """A site, a language, and a window for each actor. What one step learns and another needs stands here."""

    def __init__(self, browser: Browser, site: Site, language: str, folder: Path) -> None:
        self.browser, self.site, self.language, self.folder = browser, site, language, folder
        self.t: dict[str, Any] = TEXTS[language]
        self.windows: dict[str, Visitor] = {}
        self.standard_url = ""
        self.version_url = ""  # of the second version
        self.course_url = ""
        self.wave_url = ""
        self.audit_url = ""
        self.review_url = ""
        self.ticket_url = ""
        self.ticket_code = ""
        self.share = ""  # of the last 90 days, as the pages print it
        self.packed = ""  # of the months of the pack, counted here

    # --- windows ---------------------------------------------------------------------------------------------

    def window(self, key: str, *, width: int = DESK) -> Visitor:
        """The window of one actor, who signs in when first seen. Somebody may have a phone beside."""
        name = key if width == DESK else f"{key}-phone"
        if name not in self.windows:
            one = Visitor(self.browser, self.site, language=self.language, width=width)
            self.windows[name] = one
            one.sign_in(f"{key}@example.org")
        return self.windows[name]

    def at(self, key: str, path: str = "", *, width: int = DESK) -> Page:
        one = self.window(key, width=width)
        return one.open(path) if path else one.page

    def picture(self, key: str, name: str, *, width: int = DESK) -> None:
        """Look at the page: nothing serious for axe, no error, no sideways scroll; a picture for whoever asks."""
        one = self.window(key, width=width)
        one.check(name)
        if one.keeps_pictures:
            one.picture(f"story-{self.language}-{name}")

    @contextmanager
    def customer(self) -> Iterator[Page]:
        """Somebody without an account, with a phone."""
        one = Visitor(self.browser, self.site, language=self.language, width=PHONE)
        self.windows["customer"] = one
        try:
            yield one.page
            assert not one.errors, one.errors
        except Exception:
            one.picture(f"failed-{self.language}-customer")
            raise
        finally:
            self.windows.pop("customer").close()

    # --- words -----------------------------------------------------------------------------------------------

    def say(self, text: str, **values: object) -> str:
        return say(self.language, text, **values)

    def unit(self, code: str) -> str:
        return UNITS[code][self.language]

    def button(self, page: Page | Locator, text: str, **values: object) -> Locator:
        return page.get_by_role("button", name=self.say(text, **values), exact=True).first

    def link(self, page: Page | Locator, text: str, **values: object) -> Locator:
        return page.get_by_role("link", name=self.say(text, **values), exact=True).first

    def press(self, page: Page, text: str, **values: object) -> None:
        self.button(page.locator("main"), text, **values).click()

    def confirm(self, page: Page, text: str, **values: object) -> None:
        """A button that first says what will happen."""
        self.press(page, text, **values)
        page.locator("dialog[open] .btn-primary").click()

    def follow(self, page: Page, text: str, **values: object) -> None:
        self.link(page.locator("main"), text, **values).click()

    def flashed(self, page: Page, text: str, **values: object) -> None:
        expect(page.locator(".alertx.good").first).to_contain_text(self.say(text, **values))

    def heading(self, page: Page, text: str) -> None:
        expect(page.locator("h1")).to_contain_text(text)

    def state(self, page: Page, text: str) -> None:
        expect(page.locator(".pl-head .state").first).to_contain_text(self.say(text))

    def write(self, page: Page, name: str, text: str) -> None:
        """Into the field of the run's language."""
        page.fill(f"#{name}_{self.language}", text)

    def day(self, page: Page, name: str, value: date) -> None:
        page.fill(f"#{name}", value.isoformat())

    def sign(self, page: Page, button: str) -> None:
        """A signature asks for the password again."""
        page.fill("#password", PASSWORD)
        self.press(page, button)

    def navigate(self, page: Page, text: str) -> None:
        page.locator("#nav").get_by_role(
            "link", name=re.compile(rf"^{re.escape(self.say(text))}\s*\d*$")
        ).click()

    def result_of_job(self, page: Page, *links: str, timeout: int = 90_000) -> Locator:
        """The link that a page of a job shows when it is done."""
        words = "|".join(re.escape(self.say(link)) for link in ("Open the result", *links))
        ready = page.locator("main").get_by_role("link", name=re.compile(f"^({words})$")).first
        expect(ready).to_be_visible(timeout=timeout)
        return ready

    def pdf(self, page: Page, link: Locator, name: str) -> str:
        """Download a PDF; its text without white space, as lines break anywhere."""
        from pypdf import PdfReader

        with page.expect_download() as download:
            link.click()
        target = self.folder / name
        download.value.save_as(target)
        return "".join("".join(sheet.extract_text().split()) for sheet in PdfReader(target).pages)

    @staticmethod
    def holds(text: str, *wanted: str) -> None:
        for one in wanted:
            assert "".join(one.split()) in text, f"{one!r} is not in it: {text[:2000]}"
