"""Two years in the order in which they happened, each step at its moment and in a transaction of its own."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from flask import Flask, g

from core import clock
from core.db import session
from demo import (
    audits,
    complaints,
    consumers,
    content,
    customers,
    desks,
    indicators,
    journeys,
    log,
    organisation,
    packs,
    promises,
    reviews,
    surveys,
    tickets,
    training,
)
from demo.cast import Cast
from demo.timeline import Timeline

Act = Callable[[], object]


@dataclass(frozen=True)
class Event:
    """`chapter` groups events for the progress that is shown while building."""

    moment: datetime
    number: int
    chapter: str
    act: Act
    what: str
    jobs: bool = False


class Story:
    def __init__(self, line: Timeline) -> None:
        self.line = line
        self.cast = Cast(line)
        self._events: list[Event] = []

    def tell(
        self,
        when: str,
        chapter: str,
        act: Callable[..., object],
        *given: Any,
        jobs: bool = False,
        **more: Any,
    ) -> None:
        """`when` is a moment of the timeline; `act` gets the cast first."""
        self._events.append(
            Event(
                self.line.moment(when),
                len(self._events),
                chapter,
                partial(act, self.cast, *given, **more),
                f"{act.__name__} {given}"[:300],
                jobs,
            )
        )

    @property
    def events(self) -> list[Event]:
        return sorted(self._events, key=lambda event: (event.moment, event.number))


def written(line: Timeline) -> Story:
    """All events of the demonstration."""
    story = Story(line)
    when = content.events(line)
    story.tell(when["opened"], "organisation", organisation.open_it)
    story.tell(when["frameworks"], "frameworks", organisation.load_frameworks)
    story.tell(when["calendars"], "organisation", organisation.add_calendars)
    _standards(story, when)
    _clauses(story, when)
    _imports(story, when)
    _findings(story, when)
    for ticket in content.tickets(line):
        for step in ticket["steps"]:
            story.tell(step["at"], "tickets", tickets.take, ticket["key"], step)
    for step in content.training(line):
        story.tell(step["at"], "training", training.take, step)
    for step in content.audits(line):
        story.tell(step["at"], "audits", audits.take, step)
    _complaints(story)
    for step in content.reviews(line):
        story.tell(step["at"], "reviews", reviews.take, step)
    for step in content.surveys(line):
        story.tell(step["at"], "surveys", surveys.take, step, jobs=step["do"] in surveys.WITH_JOBS)
    customers.told(story)
    indicators.told(story)
    desks.told(story)
    for given in content.journeys(line):
        story.tell(given["at"], "journeys", journeys.write, given)
    return story


def _complaints(story: Story) -> None:
    when = content.complaints(story.line)
    story.tell(when["setting"]["at"], "complaints", complaints.set_up, when["setting"])
    for given in when["complaints"]:
        story.tell(given["at"], "complaints", complaints.register, given)
        for step in given.get("steps", []):
            story.tell(step["at"], "complaints", complaints.take, given["key"], step)


def _midnight(day: str) -> str:
    return f"{day} 00:00"


def _standards(story: Story, when: dict[str, Any]) -> None:
    for given in content.standards(story.line):
        key, life = given["key"], when["standards"][given["key"]]
        story.tell(life["write"], "standards", promises.write, given, life)
        _on_the_way(story, given, life)
        later = when["second"].get(key)
        if later is not None:
            if "draft" in later:
                story.tell(later["draft"], "standards", promises.draft_second, key, given["second"]["author"])
            story.tell(later["change"], "standards", promises.change_second, given, later)
            _on_the_way(story, {**given, **given["second"]}, later)
    for key, given in when["sent_back"].items():
        story.tell(given["at"], "standards", promises.send_back, key, given)
        story.tell(given["again"], "standards", promises.submit, key, given["author"])
    for key, given in when["withdrawn"].items():
        story.tell(given["at"], "standards", promises.withdraw, key, given)


def _on_the_way(story: Story, given: dict[str, Any], life: dict[str, str]) -> None:
    key = given["key"]
    if "submit" in life:
        story.tell(life["submit"], "standards", promises.submit, key, given["author"])
    if "approve" in life:
        story.tell(life["approve"], "standards", promises.approve, key, given["approver"], life["effective"])
        if story.line.moment(_midnight(life["effective"])) <= clock.now():
            story.tell(_midnight(life["effective"]), "standards", promises.come_into_force)


def _clauses(story: Story, when: dict[str, Any]) -> None:
    story.tell(when["decisions"], "standards", promises.adopt)
    story.tell(when["decisions"], "standards", promises.leave_out, newer=False)
    story.tell(when["judgements"], "standards", promises.judge)
    story.tell(when["second_decisions"], "standards", promises.leave_out, newer=True)


def _imports(story: Story, when: dict[str, Any]) -> None:
    since: date | None = None
    for moment in when["imports"]:
        until = story.line.day(moment) - timedelta(days=1)
        story.tell(moment, "cases", log.begin_import, when, since, until, jobs=True)
        since = until
    last = when["last_import"]
    story.tell(last, "cases", log.begin_import, when, since, story.line.last, jobs=True)
    *former, last = when["consumer_imports"]
    for moment in former:
        until = story.line.day(moment) - timedelta(days=1)
        story.tell(moment, "consumers", consumers.begin_import, when, until, jobs=True)
    story.tell(last, "consumers", consumers.begin_import, when, story.line.last, jobs=True)


def _findings(story: Story, when: dict[str, Any]) -> None:
    for given in content.findings(story.line):
        story.tell(given["at"], "findings", tickets.raise_by_hand, given)
        if "after" in given:
            story.tell(given["after"]["at"], "findings", tickets.triage, given["key"], given["after"])
    for given in when["dismissals"]:
        story.tell(given["at"], "findings", tickets.dismiss_shortfalls, given)


@contextmanager
def _happening(moment: datetime) -> Iterator[None]:
    with clock.at(min(moment, clock.now())):
        yield


def play(app: Flask, story: Story, progress: Callable[[str, float], None]) -> None:
    """Let everything happen. `progress(chapter, seconds)` is told about each event that is over."""
    for event in story.events:
        started = time.perf_counter()
        with app.app_context(), _happening(event.moment):
            g.organisation_zone = story.line.zone.key
            try:
                event.act()
                session.commit()
                session.remove()
                if event.jobs:
                    log.run_jobs(app)
            except Exception as error:
                error.add_note(f"in the demonstration on {event.moment:%Y-%m-%d}: {event.what}")
                raise
        progress(event.chapter, time.perf_counter() - started)


def build_packs(app: Flask, story: Story, beside: AbstractContextManager[None]) -> None:
    """One certification pack in each language, ordered by those who would. `beside`: who else takes jobs meanwhile."""
    with app.app_context():
        for language, person in (("zh", "lin"), ("en", "zhang")):
            packs.order(story.cast, language, person)
        session.commit()
        session.remove()
        with beside:
            log.run_jobs(app)
        log.check_jobs()
