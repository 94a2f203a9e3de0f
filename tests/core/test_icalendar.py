"""Calendar files: what RFC 5545 asks of every line, read back by a small reader of our own."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.documents.icalendar import Event, calendar, escape, fold

MADE = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


def unfold(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")[:-1]


def unescape(text: str) -> str:
    out, letters = "", iter(text)
    for letter in letters:
        if letter != "\\":
            out += letter
            continue
        after = next(letters)
        out += "\n" if after in "nN" else after
    return out


def test_a_whole_file() -> None:
    event = Event(
        uid="audit-7@plumb.example",
        first=date(2026, 11, 23),
        last=date(2026, 11, 25),
        summary="Audit: lamps, north; all",
        description="Line one\nLine \\two",
        location="市民大厅",
        url="https://plumb.example/audits/7",
        sequence=3,
        changed=datetime(2026, 11, 20, 8, 30, tzinfo=UTC),
        cancelled=True,
    )
    lines = unfold(calendar("Audits", [event], made=MADE))
    assert lines == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Plumbline//Plumbline//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "X-WR-CALNAME:Audits",
        "BEGIN:VEVENT",
        "UID:audit-7@plumb.example",
        "DTSTAMP:20261120T083000Z",
        "DTSTART;VALUE=DATE:20261123",
        "DTEND;VALUE=DATE:20261126",
        "SUMMARY:Audit: lamps\\, north\\; all",
        "DESCRIPTION:Line one\\nLine \\\\two",
        "LOCATION:市民大厅",
        "URL:https://plumb.example/audits/7",
        "SEQUENCE:3",
        "STATUS:CANCELLED",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
    ]


@given(st.text(max_size=400))
def test_no_line_is_longer_than_75_octets_and_no_character_is_cut(text: str) -> None:
    text = text.replace("\r", "").replace("\n", "")
    folded = fold(text)
    assert all(len(line.encode("utf-8", "surrogatepass")) <= 75 for line in folded.split("\r\n"))
    assert folded.replace("\r\n ", "") == text


@given(st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=200))
def test_what_was_escaped_reads_back(text: str) -> None:
    assert unescape(escape(text)) == text


@pytest.mark.parametrize("text", ["a\r\nBEGIN:VEVENT", "a\nb", "a\rb"])
def test_a_line_break_never_begins_a_line_of_its_own(text: str) -> None:
    lines = unfold(calendar(text, [Event("u", date(2026, 1, 1), date(2026, 1, 1), text)], made=MADE))
    assert lines.count("BEGIN:VEVENT") == 1
    assert "\x07" not in escape("bell\x07")
