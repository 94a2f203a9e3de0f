"""One story through the pages: a promise, its proof, what customers felt, what was done when they differed, and the
papers for the auditor. In English and in Chinese; every actor has a window of their own and signs in with their role.

Only one thing is not done by a page: the days between an action and its check pass in the database, because no reader
of a test wants to wait for them (`Tickets.time_passes`).
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import PICTURES, Site, make_site, serve
from tests.browser.steps.audits import Audits
from tests.browser.steps.certification import Certification
from tests.browser.steps.delivery import Delivery
from tests.browser.steps.findings import Findings
from tests.browser.steps.reviews import Reviews
from tests.browser.steps.standards import Standards
from tests.browser.steps.survey import Survey
from tests.browser.steps.tickets import Tickets
from tests.browser.steps.training import Training

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]


class Story(Standards, Delivery, Survey, Audits, Findings, Tickets, Training, Reviews, Certification):
    @property
    def steps(self) -> tuple[Callable[[], None], ...]:
        return (
            self.clauses,
            self.standard,
            self.delivery,
            self.survey,
            self.audit,
            self.findings,
            self.plan,
            self.first_cycle_done,
            self.more_cases,
            self.failed_check,
            self.second_cycle,
            self.better_cases,
            self.effective_check,
            self.new_version,
            self.course,
            self.version_in_force,
            self.learn,
            self.close,
            self.close_audit,
            self.kept,
            self.review,
            self.readiness,
            self.packs,
            self.overviews,
        )


@pytest.fixture(scope="module")
def sites(
    template: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Site]]:
    """A site of its own for each language."""
    running: list[Iterator[Site]] = []

    def start(language: str) -> Site:
        running.append(serve(make_site(template, tmp_path_factory.mktemp(f"story_{language}"))))
        return next(running[-1])

    yield start
    for one in running:
        one.close()  # type: ignore[attr-defined]  # a generator: its server stops


@pytest.mark.parametrize("language", ["en", "zh"])
def test_story(
    browser: Browser,
    sites: Callable[[str], Site],
    language: str,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    story = Story(browser, sites(language), language, tmp_path)
    took = []
    try:
        for step in story.steps:
            started = time.monotonic()
            try:
                step()
            except Exception as error:
                windows = ", ".join(f"{name} at {one.page.url}" for name, one in story.windows.items())
                error.add_note(f"In the step {step.__name__!r}, windows: {windows}. Pictures: {PICTURES}")
                for name, one in story.windows.items():
                    one.picture(f"failed-{language}-{name}")
                raise
            took.append(f"{step.__name__} {time.monotonic() - started:.1f}")
    finally:
        for one in story.windows.values():
            one.close()
    record_property(f"story, {language}, seconds", ", ".join(took))
