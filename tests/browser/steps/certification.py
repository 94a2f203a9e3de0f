"""Readiness, and the pack in both languages, each verified by the command that an auditor may run."""

import os
import re
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import ROOT
from tests.browser.steps.base import Steps
from tests.browser.steps.days import PERIOD_FROM, TODAY
from tests.browser.steps.standards import CLAUSE
from tests.browser.words import say


class Certification(Steps):
    def readiness(self) -> None:
        page = self.at("manager", "/certification")
        row = page.locator(f'tr[id="c-{CLAUSE}"]')
        expect(row).to_contain_text(self.t["clause"])
        expect(row).to_contain_text(self.say("Ready"))
        expect(row).to_contain_text(self.share)
        self.picture("manager", "readiness")

    def packs(self) -> None:
        hashes = [self.pack(language) for language in ("en", "zh")]
        assert hashes[0] == hashes[1], "the editions do not name the same records"

    def pack(self, language: str) -> list[str]:
        """Order, wait, download, read, verify; gives the hashes of the records of its parts."""
        page = self.at("manager", "/certification")
        self.follow(page, "Build a pack")
        page.check(f"input[name=language][value={language}]")
        self.day(page, "first", PERIOD_FROM)
        self.day(page, "last", TODAY)
        self.press(page, "Check before building")
        expect(page.locator("main")).to_contain_text(self.say("What an auditor would stumble over"))
        self.press(page, "Build the pack")
        expect(page.locator(".pl-head")).to_contain_text("ISO 10002")
        self.result_of_job(page, "Download the PDF")
        page.reload()
        if language == self.language:
            self.picture("manager", "pack")
        hashes = page.locator("[aria-labelledby=h-manifest] dd").all_inner_texts()
        link = self.link(page.locator(".pl-head"), "Download the PDF")
        text = self.pdf(page, link, f"pack-{language}.pdf")
        self.read(text, language)
        assert self.verify(self.folder / f"pack-{language}.pdf") == 0
        return hashes[:-1]

    def read(self, text: str, language: str) -> None:
        """Everything the story did is in it, and no word of the other language but what people wrote."""
        self.holds(text, CLAUSE, self.packed, say(language, "Service standards in force"))
        for key in ("title", "rationale", "gap", "course", "review", "questionnaire", "problem"):
            self.holds(text, self.t[key])
        chinese = len(re.findall(r"[\u4e00-\u9fff]", text))
        if language == "zh":
            assert chinese > 2000, chinese
        elif self.language == "en":
            assert chinese < 60, chinese

    def verify(self, path: Path) -> int:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PLUMBLINE_")}
        environment["PLUMBLINE_DATA_DIR"] = str(self.site.folder)
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", "pack", "verify", str(path)],
            cwd=ROOT, env=environment, check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.returncode

    def overviews(self) -> None:
        page = self.at("manager", "/")
        expect(page.locator("main")).to_contain_text(self.say("What needs me today"))
        expect(page.locator("main")).to_contain_text(self.share)
        self.picture("manager", "overview")
        page = self.at("staff", "/")
        expect(page.locator("main")).to_contain_text(self.say("What needs me today"))
        expect(page.locator("#nav")).not_to_contain_text(self.say("People"))
        self.picture("staff", "overview-staff")
