"""Calendar files (RFC 5545): whole-day events, escaped and folded as calendars of all makers read them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from flask import Response, current_app

from core import clock

MEDIA_TYPE: Final = "text/calendar"
LINE: Final = 75  # octets, without the line break


@dataclass(frozen=True)
class Event:
    """A whole-day event from `first` to `last`, both included. `uid` stays the same when the event is moved;
    `sequence` counts its changes, so that a calendar takes the newer one."""

    uid: str
    first: date
    last: date
    summary: str
    description: str = ""
    location: str = ""
    url: str = ""
    sequence: int = 0
    changed: datetime | None = None
    cancelled: bool = False


def escape(text: str) -> str:
    """A TEXT value (3.3.11): backslash, semicolon, comma, line breaks; other control characters are left out."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(
        letter for letter in text if letter in "\n\t" or (ord(letter) >= 32 and ord(letter) != 127)
    )
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def fold(line: str) -> str:
    """Content lines of at most 75 octets (3.1), never cut inside a character."""
    pieces: list[str] = []
    piece, size, room = "", 0, LINE
    for letter in line:
        width = len(letter.encode())
        if size + width > room:
            pieces.append(piece)
            piece, size, room = "", 0, LINE - 1  # a continued line begins with a space
        piece += letter
        size += width
    pieces.append(piece)
    return "\r\n ".join(pieces)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _lines(event: Event, made: datetime) -> Iterable[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{escape(event.uid)}"
    yield f"DTSTAMP:{_moment(event.changed or made)}"
    yield f"DTSTART;VALUE=DATE:{event.first:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{event.last + timedelta(days=1):%Y%m%d}"  # the first day after (3.6.1)
    yield f"SUMMARY:{escape(event.summary)}"
    if event.description:
        yield f"DESCRIPTION:{escape(event.description)}"
    if event.location:
        yield f"LOCATION:{escape(event.location)}"
    if event.url:
        yield f"URL:{event.url}"
    yield f"SEQUENCE:{event.sequence}"
    yield f"STATUS:{'CANCELLED' if event.cancelled else 'CONFIRMED'}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def calendar(name: str, events: Iterable[Event], *, made: datetime) -> str:
    """The whole file, as text; sent as UTF-8. `made` is an aware moment."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Plumbline//Plumbline//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escape(name)}",
    ]
    for event in events:
        lines.extend(_lines(event, made))
    lines.append("END:VCALENDAR")
    return "".join(fold(line) + "\r\n" for line in lines)


def uid(kind: str, number: int) -> str:
    """The same for one record of one site, always."""
    host = urlsplit(current_app.config["BASE_URL"]).hostname or "plumbline"
    return f"{kind}-{number}@{host}"


def download(name: str, events: Iterable[Event], filename: str) -> Response:
    return Response(
        calendar(name, events, made=clock.now()).encode(),
        content_type=f"{MEDIA_TYPE}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}.ics"'},
    )
