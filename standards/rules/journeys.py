"""Customer journeys: channels, bounds, and whether promise, delivery and feeling agree at a touchpoint."""

from collections.abc import Collection
from enum import StrEnum
from typing import Any

from core.lazytext import _l

MOST_STAGES = 20
MOST_TOUCHPOINTS = 30  # of a stage


class Channel(StrEnum):
    counter = "counter"
    phone = "phone"
    web = "web"
    app = "app"
    message = "message"
    letter = "letter"
    place = "place"
    device = "device"
    visit = "visit"

    @property
    def label(self) -> Any:
        return _CHANNELS[self][0]

    @property
    def icon(self) -> str:
        return _CHANNELS[self][1]


_CHANNELS: dict[str, tuple[Any, str]] = {
    Channel.counter: (_l("Counter"), "person-workspace"),
    Channel.phone: (_l("Telephone"), "telephone"),
    Channel.web: (_l("Website"), "globe2"),
    Channel.app: (_l("App or mini program"), "phone"),
    Channel.message: (_l("Text message or mail"), "chat-dots"),
    Channel.letter: (_l("Letter"), "envelope-paper"),
    Channel.place: (_l("The place itself"), "geo-alt"),
    Channel.device: (_l("Self-service machine"), "display"),
    Channel.visit: (_l("Visit at the customer’s"), "door-open"),
}


class Word(StrEnum):
    """What is to be said about a touchpoint."""

    broken_and_felt = "broken_and_felt"
    kept_but_unhappy = "kept_but_unhappy"
    broken_but_happy = "broken_but_happy"
    unpromised_and_unhappy = "unpromised_and_unhappy"
    moment_without_promise = "moment_without_promise"
    unmeasured_and_unhappy = "unmeasured_and_unhappy"
    moment_not_asked = "moment_not_asked"
    moment_not_measured = "moment_not_measured"

    @property
    def sentence(self) -> Any:
        return _WORDS[self][0]

    @property
    def tone(self) -> str:
        """bad: customers suffer; edge: the three do not agree, or one of them is not known."""
        return _WORDS[self][1]


_WORDS: dict[str, tuple[Any, str]] = {
    Word.broken_and_felt: (_l("The promise is not kept, and customers feel it."), "bad"),
    Word.kept_but_unhappy: (
        _l("The promise is kept, yet customers are not content: it may promise the wrong thing."),
        "edge",
    ),
    Word.broken_but_happy: (
        _l("The promise is not kept, yet customers are content: it may matter little to them."),
        "edge",
    ),
    Word.unpromised_and_unhappy: (_l("Customers are not content, and nothing is promised here."), "bad"),
    Word.moment_without_promise: (_l("A moment of truth, and nothing is promised here."), "edge"),
    Word.unmeasured_and_unhappy: (
        _l("Customers are not content, and nobody knows whether the promise is kept."),
        "bad",
    ),
    Word.moment_not_asked: (_l("A moment of truth, and no customer is asked about it."), "edge"),
    Word.moment_not_measured: (
        _l("A moment of truth, and nobody knows whether the promise is kept."),
        "edge",
    ),
}


def disagreement(
    *, promised: bool, delivered: Collection[str], felt: Collection[str | None], moment: bool
) -> Word | None:
    """The one sentence about a touchpoint, or None when promise, delivery and feeling agree.

    promised: is any requirement in force here? delivered: verdicts of its requirements. felt: verdicts of the questions
    asked about it, None for one that can't be called. A touchpoint falls short when one of its figures does; it is
    good when at least one is and none falls short. What crosses its target is neither.
    """
    delivery, feeling = _side(delivered), _side(felt)
    if feeling == "short":
        if not promised:
            return Word.unpromised_and_unhappy
        if delivery == "short":
            return Word.broken_and_felt
        if delivery == "kept":
            return Word.kept_but_unhappy
        return Word.unmeasured_and_unhappy if not delivery else None
    if feeling == "kept" and delivery == "short":
        return Word.broken_but_happy
    if not moment:
        return None
    if not promised:
        return Word.moment_without_promise
    if not delivery:
        return Word.moment_not_measured
    return None if felt else Word.moment_not_asked


def _side(verdicts: Collection[str | None]) -> str:
    """short, kept, mixed ("on_the_line") or "" where nothing is known."""
    known = {verdict for verdict in verdicts if verdict and verdict != "too_few"}
    if "short" in known:
        return "short"
    if not known:
        return ""
    return "kept" if known == {"kept"} else "on_the_line"
