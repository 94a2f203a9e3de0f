"""Two languages, equal: gettext, locale of the person, and dates, numbers and intervals as ui.md writes them."""

import contextlib
import contextvars
import math
import os
import tempfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request
from flask import session as cookie
from flask_babel import Babel
from flask_babel import force_locale as _babel_force_locale
from flask_babel.speaklater import LazyString

from core import clock

__all__ = ["_", "_l", "_lp", "_n", "_p", "force_locale", "language", "pick"]

LANGUAGES = ("en", "zh")
ROOT = Path(__file__).resolve().parent.parent
CATALOGS = ROOT / "translations"

#: language of the request or of a forced stretch; found once, since a page asks for some hundred words
_language: contextvars.ContextVar[str | None] = contextvars.ContextVar("language", default=None)


@cache
def _words(code: str) -> NullTranslations:
    return NullTranslations() if code == "en" else Translations.load(str(CATALOGS), [code])


def _(source: str, **values: Any) -> str:
    """The text in the language of this page, mail or document, with its values filled in."""
    found = _words(language()).gettext(source)
    return found % values if values else found


def _n(one: str, many: str, num: int, **values: Any) -> str:
    found = _words(language()).ngettext(one, many, num)
    return found % {"num": num, **values}


def _p(context: str, source: str, **values: Any) -> str:
    """A text whose English is said of several things that have their own words elsewhere: `context` says of which."""
    found = str(_words(language()).pgettext(context, source))
    return found % values if values else found


def _l(source: str, **values: Any) -> LazyString:
    """A text of a class or module, looked up each time it is printed."""
    return LazyString(_, source, **values)


def _lp(context: str, source: str) -> LazyString:
    return LazyString(_p, context, source)


MINUS = "\u2212"
NBSP = "\u00a0"


def compile_catalog(folder: Path = CATALOGS) -> None:
    """Merge the catalogs of all rooms (`zh/<room>.po`) into one compiled catalog, when one is newer than it."""
    for language_folder in sorted(path for path in folder.iterdir() if path.is_dir()):
        sources = sorted(language_folder.glob("*.po"))
        target = language_folder / "LC_MESSAGES" / "messages.mo"
        newest = max((source.stat().st_mtime for source in sources), default=0.0)
        if target.exists() and target.stat().st_mtime > newest:
            continue
        merged = Catalog(locale=language_folder.name)
        for source in sources:
            with source.open("rb") as handle:
                for message in read_po(handle, locale=language_folder.name):
                    if message.id and message.string:
                        merged.add(message.id, message.string, context=message.context)
        target.parent.mkdir(exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=target.parent)
        with os.fdopen(descriptor, "wb") as handle:
            write_mo(handle, merged)
        Path(name).replace(target)


def select_language() -> str:
    """`?lang=` decides and is remembered, then the person's choice, then the browser's wish."""
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        cookie["lang"] = asked
        return asked
    chosen = cookie.get("lang")
    if chosen in LANGUAGES:
        return str(chosen)
    person = getattr(g, "person", None)
    if person is not None and person.language in LANGUAGES:
        return str(person.language)
    return request.accept_languages.best_match(LANGUAGES) or "en"


def language() -> str:
    """The language of this page, mail or document."""
    found = _language.get()
    if found is None:
        if not has_request_context():
            return "en"
        found = select_language()
        _language.set(found)
    return found


def forget_language(*_: Any) -> None:
    """Between requests."""
    _language.set(None)


@contextlib.contextmanager
def force_locale(code: str) -> Iterator[None]:
    """Write in another language for a stretch: mails, jobs, documents."""
    token = _language.set(code if code in LANGUAGES else "en")
    try:
        with _babel_force_locale(code):
            yield
    finally:
        _language.reset(token)


def zone() -> ZoneInfo:
    """Zone in which times are shown: the person's, or the organisation's."""
    person = getattr(g, "person", None) if has_request_context() else None
    name = getattr(person, "time_zone", None) or getattr(g, "organisation_zone", None) or "UTC"
    return ZoneInfo(name)


def pick(en: str | None, zh: str | None) -> str:
    """The text in the page's language, or in the other when it has only that."""
    first, second = (zh, en) if language() == "zh" else (en, zh)
    return first or second or ""


def lang_of(en: str | None, zh: str | None) -> str:
    """`lang` attribute for a picked text when it is in the other language than the page, else an empty string."""
    if language() == "zh":
        return "" if zh or not en else "en"
    return "" if en or not zh else "zh-Hans"


# --- how dates and numbers are written -----------------------------------------------------------------------

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONG = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905 - reads as one line
)


def _local(value: date | datetime) -> date | datetime:
    return value.astimezone(zone()) if isinstance(value, datetime) and value.tzinfo else value


@lru_cache(maxsize=4096)
def _date(year: int, month: int, day: int, code: str, form: str) -> str:
    if code == "zh":
        if form == "text":
            return f"{year}年{month}月{day}日"
        if form == "day":
            return f"{month}月{day}日"
        return f"{year:04d}-{month:02d}-{day:02d}"
    if form == "text":
        return f"{day}{NBSP}{_LONG[month - 1]}{NBSP}{year}"
    if form == "day":
        return f"{day}{NBSP}{_MONTHS[month - 1]}"
    return f"{day}{NBSP}{_MONTHS[month - 1]}{NBSP}{year}"


def format_date(value: date | datetime | None, form: str = "table") -> str:
    """`table` 2026-11-20 / 20 Nov 2026; `text` 2026年11月20日 / 20 November 2026; `day` without the year;
    `near` without it in this year only."""
    if value is None:
        return ""
    local = _local(value)
    if form == "near":
        form = "day" if local.year == clock.now().astimezone(zone()).year else "table"
    return _date(local.year, local.month, local.day, language(), form)


def format_list(words: Iterable[Any]) -> str:
    """Words one after the other: 甲、乙 / A, B."""
    return ("、" if language() == "zh" else ", ").join(map(str, words))


def format_time(value: datetime | None) -> str:
    if value is None:
        return ""
    local = _local(value)
    return f"{local:%H:%M}"


def format_datetime(value: datetime | None, form: str = "table") -> str:
    if value is None:
        return ""
    local = _local(value)
    return f"{format_date(local, form)}{NBSP}{local:%H:%M}"


def format_due(value: date | None, *, on: date | None = None) -> str:
    """Relative when near: due today, 1 day late; else the date."""
    if value is None:
        return ""
    base = on or clock.now().astimezone(zone()).date()
    days = (value - base).days
    if days == 0:
        return str(_("Due today"))
    if days < 0:
        return _n("%(num)d day late", "%(num)d days late", -days)
    return format_date(value, "day" if value.year == base.year else "table")


def format_number(value: float | None, decimals: int = 0) -> str:
    """Thousands with a comma in both languages, the true minus sign, an em dash for nothing."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "—"
    return f"{value:,.{decimals}f}".replace("-", MINUS)


def format_share(value: float | None, decimals: int = 1) -> str:
    """0.918 → 91.8%; whole 100% and 0% without decimals."""
    if value is None:
        return "—"
    percent = value * 100
    if abs(percent - round(percent)) < 1e-9 and decimals == 1 and round(percent) in {0, 100}:
        decimals = 0
    return f"{percent:.{decimals}f}%".replace("-", MINUS)


def format_target(value: float | None) -> str:
    """≥ 95%, with as many decimals as the target has (at most two)."""
    if value is None:
        return ""
    text = f"{value * 100:.2f}".rstrip("0").rstrip(".")
    return f"≥{NBSP}{text}%"


def format_points(value: float | None, decimals: int = 1) -> str:
    """Difference of two shares in points, never in per cent."""
    if value is None:
        return "—"
    amount = f"{value * 100:.{decimals}f}".replace("-", MINUS)
    return str(_("%(amount)s points", amount=amount))


def format_interval(low: float | None, high: float | None, *, scale: float = 100, decimals: int = 1) -> str:
    """90.3–93.1; with negatives "−2.1 to 3.7"."""
    if low is None or high is None:
        return ""
    a, b = (f"{bound * scale:.{decimals}f}".replace("-", MINUS) for bound in (low, high))
    if low < 0 or high < 0:
        return str(_("%(low)s to %(high)s", low=a, high=b))
    return f"{a}–{b}"


def format_duration(seconds: float | None) -> str:
    """A length of time in the two largest units that matter: 3 d 4 h, 12 min."""
    if seconds is None:
        return "—"
    sign, rest = (MINUS, -seconds) if seconds < 0 else ("", seconds)
    minutes = round(rest / 60)
    days, minutes = divmod(minutes, 1440)
    hours, minutes = divmod(minutes, 60)
    parts = []
    if days:
        parts.append(_("%(num)s d", num=f"{days:,}"))
    if hours and days < 100:
        parts.append(_("%(num)s h", num=hours))
    if minutes and not days:
        parts.append(_("%(num)s min", num=minutes))
    return sign + " ".join(parts or [_("%(num)s min", num=0)])


def init_app(app: Flask) -> None:
    compile_catalog()
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", str(CATALOGS))
    Babel(app, default_locale="en", locale_selector=_selector, timezone_selector=lambda: str(zone()))
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # added by Jinja's i18n extension
        gettext=lambda source: _words(language()).gettext(source),
        ngettext=lambda one, many, num: _words(language()).ngettext(one, many, num),
        pgettext=lambda context, source: _words(language()).pgettext(context, source),
        newstyle=True,
    )
    app.before_request(forget_language)
    app.teardown_request(forget_language)
    filters: dict[str, Any] = {
        "date": format_date,
        "time": format_time,
        "datetime": format_datetime,
        "due": format_due,
        "number": format_number,
        "share": format_share,
        "target": format_target,
        "points": format_points,
        "duration": format_duration,
        "listed": format_list,
    }
    app.jinja_env.filters.update(filters)
    app.jinja_env.globals.update(
        format_interval=format_interval, pick=pick, lang_of=lang_of, page_language=language
    )


def _selector() -> str | None:
    return language() if has_request_context() else None
