"""One request = one transaction. Guards, headers, receipts for forms sent twice, and the pages for errors.

A safe request (GET, HEAD, OPTIONS) runs in a transaction that can't write. Any other request commits when it
succeeds (a redirect, or a response marked by `saved`), and rolls back otherwise.
"""

import re
import secrets
import time
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, flash, g, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from markupsafe import Markup, escape
from sqlalchemy import Integer, String, bindparam, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge
from werkzeug.routing import IntegerConverter

from core import access, clock
from core.cookies import Cookies
from core.db import Model, advisory_lock, insert_of, session, transaction_mode, write_survivors
from core.errors import EditConflict, InvalidInput, NotFound, NotPermitted, PlumblineError, RuleViolation
from core.i18n import _, format_number
from core.kept import Kept

RECEIPTS = 10**10  # above the numbers of other advisory locks
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
View = TypeVar("View", bound=Callable[..., Any])

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; manifest-src 'self'"
)


class FormReceipt(Model):
    """A form that was sent, so that sending it again leads to the first result instead of a second record."""

    __tablename__ = "form_receipt"
    __table_args__ = ({"sqlite_with_rowid": False},)

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int | None] = mapped_column(Integer)
    location: Mapped[str | None] = mapped_column(String(500))
    at: Mapped[datetime] = mapped_column(default=clock.now)


def short_transaction(view: View) -> View:
    """The view opens its transactions itself (sign-in hashes passwords and must not hold the write lock meanwhile)."""
    view.short_transaction = True  # type: ignore[attr-defined]  # read back in _begin
    return view


def largest_body(limit: int) -> Callable[[View], View]:
    """The view takes no more bytes than this, files included: for forms that anybody may send."""

    def mark(view: View) -> View:
        view.largest_body = limit  # type: ignore[attr-defined]  # read back in refuse_unusable
        return view

    return mark


def once_token() -> str:
    """A new token for a form that creates something."""
    return secrets.token_urlsafe(18)


def saved(response: Response) -> Response:
    """Mark a 2xx answer of an unsafe request (a fragment for htmx, JSON) as a success, so that it commits."""
    response.pl_saved = True  # type: ignore[attr-defined]  # read back in _finish
    return response


def local_path(target: str | None) -> str | None:
    """A target on this site given by the browser (`next=`), or None: never another host or scheme."""
    if not target or "\\" in target or any(ord(character) < 32 for character in target):
        return None
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not target.startswith("/") or target.startswith("//"):
        return None
    return target


def refuse_unusable() -> None:
    """Before anything reads the request: no NUL in an address, which no record has and PostgreSQL does not take.

    Only uploads may be as large as an upload; any other body would be held in memory, and read before sign-in.
    """
    if "\x00" in request.path or any("\x00" in value for value in request.args.values()):
        raise BadRequest
    if request.mimetype != "multipart/form-data":
        request.max_content_length = current_app.config["MAX_FORM_MEMORY_SIZE"]
        return
    view = current_app.view_functions.get(request.endpoint or "")
    limit = getattr(view, "largest_body", None)
    if limit is not None:
        request.max_content_length = min(limit, current_app.config["MAX_CONTENT_LENGTH"])


def _begin() -> Response | None:
    g.started = time.perf_counter()
    view = current_app.view_functions.get(request.endpoint or "")
    short = getattr(view, "short_transaction", False)
    g.mode_token = transaction_mode.set("read" if request.method in SAFE or short else "write")
    return None


def _check_guard() -> Any:
    if request.endpoint is None:
        return None
    needed = getattr(current_app.view_functions[request.endpoint], "guard", None)
    if needed == "public" or request.endpoint == "static":
        return None
    person = getattr(g, "person", None)
    if person is None:
        if request.method in SAFE:
            return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
        return redirect(url_for("accounts.sign_in"))
    if needed == "signed_in":
        return None
    if not isinstance(needed, access.Permission):
        raise NotPermitted(_("This page"))
    access.require(person, needed)
    return None


_RECEIPT = Kept(
    select(FormReceipt.location, FormReceipt.person_id).where(FormReceipt.token == bindparam("token"))
)
_KEEP_RECEIPT = Kept(insert_of(FormReceipt))


def _first_result(token: str) -> Any:
    """Where the first sending of a form led, when there was one by this person."""
    row = _RECEIPT.first(session.connection(), token=token)
    if row is None or row.person_id != getattr(getattr(g, "person", None), "id", None):
        return None
    flash(_("This was saved already; here it is."), "info")
    return redirect(row.location)


def _replay() -> Any:
    """A form with a receipt already: lead to what the first sending made."""
    token = request.form.get("_once") if request.method == "POST" else None
    if not token or len(token) > 64:
        return None
    advisory_lock(RECEIPTS + zlib.crc32(token.encode()))  # the same form sent twice at once waits
    found = _first_result(token)
    g.receipt = token if found is None else None
    return found


def _finish(response: Response) -> Response:
    answer = _settle(response)
    if request.method not in SAFE:
        write_survivors()
    return answer


def _settle(response: Response) -> Response:
    if request.method in SAFE:
        session.rollback()
    elif 300 <= response.status_code < 400 or getattr(response, "pl_saved", False):
        token = getattr(g, "receipt", None)
        if token and response.location:
            g.receipt = None
            values = {
                "token": token,
                "person_id": getattr(getattr(g, "person", None), "id", None),
                "location": response.location[:500],
                "at": clock.now(),
            }
            try:
                _KEEP_RECEIPT.run(session.connection(), **values)
            except (
                IntegrityError
            ):  # the same form, sent twice at once, or led back just now: the first one counts
                session.rollback()
                return _first_result(token) or response
        current = session()
        current.expire_on_commit = current_app.testing  # only tests read records after the answer stands
        current.commit()
        current.expire_on_commit = True
    else:
        session.rollback()
    return response


_HEADERS = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
    ("Cache-Control", "no-store"),
)


def _headers(response: Response) -> Response:
    """What every answer carries, unless the view said otherwise."""
    headers = response.headers
    given = {name.lower(): value for name, value in headers}
    if given.get("cache-control") == "no-cache":  # a file sent with its hash: to ask again is cheap
        headers["Cache-Control"] = "private, no-cache"
    headers.extend([header for header in _HEADERS if header[0].lower() not in given])
    return response


def _teardown(_error: BaseException | None) -> None:
    token = g.pop("mode_token", None)
    if token is not None:
        transaction_mode.reset(token)


# --- pages for errors ----------------------------------------------------------------------------------------


def _page(template: str, status: int, **context: Any) -> tuple[str, int]:
    session.rollback()
    return render_template(f"errors/{template}.html", **context), status


def _on_not_found(_error: Exception) -> tuple[str, int]:
    return _page("not_found", 404)


def _on_not_permitted(error: NotPermitted) -> tuple[str, int]:
    return _page("not_permitted", 403, error=error)


def _on_conflict(error: EditConflict) -> tuple[str, int]:
    """Both texts side by side, and the whole form again with the version that was saved meanwhile."""
    form = getattr(g, "record_form", None)
    session.rollback()
    fields = [_compared(field, error) for field in form if _is_entry(field)] if form is not None else []
    names = {item["field"].name for item in fields}
    more = [
        (name, value)
        for name, values in request.form.lists()
        if name not in names
        and name not in _MACHINERY
        and not any(name.startswith(f"{known}-") for known in names)
        for value in values
    ]
    return _page(
        "conflict", 409, error=error, fields=fields, more=more, saved_by=_saved_by(error), back=_back()
    )


_MACHINERY = frozenset({"csrf_token", "_once", "row_version"})


def _is_entry(field: Any) -> bool:
    return field.name not in _MACHINERY and field.type not in {"SubmitField", "FileField"}


def _compared(field: Any, error: EditConflict) -> dict[str, Any]:
    theirs = error.current.get(field.name, field.data)
    before, mine = _as_text(theirs), _as_text(field.data)
    labels = {str(value): str(label) for value, label, *_rest in (getattr(field, "choices", None) or ())}
    shown = labels.get(before, before)
    if field.type == "BooleanField":
        shown = _("yes") if theirs else _("no")
    return {
        "field": field,
        "differs": before != mine,
        "theirs": _marked(shown, labels.get(mine, mine)) if field.type != "BooleanField" else shown,
    }


def _as_text(value: Any) -> str:
    return "" if value is None else str(getattr(value, "value", value)).replace("\r\n", "\n")


def _marked(text: str, other: str) -> Markup:
    """A text with what the other text does not have marked, word by word (Chinese character by character)."""
    pieces, others = (re.findall(r"[A-Za-z0-9]+|\s+|.", value) for value in (text[:5000], other[:5000]))
    out = []
    for verb, start, end, _a, _b in SequenceMatcher(None, pieces, others, autojunk=False).get_opcodes():
        piece = escape("".join(pieces[start:end]))
        out.append(piece if verb == "equal" or not piece.strip() else Markup("<ins>{}</ins>").format(piece))
    return Markup("").join(out) + text[5000:]


def _saved_by(error: EditConflict) -> str:
    """Who saved last, from the trail."""
    if error.saved_by or error.record is None:
        return error.saved_by or ""
    from core.trail import TrailEntry

    found = session.scalar(
        select(TrailEntry.actor_name)
        .where(TrailEntry.object_type == error.record[0], TrailEntry.object_id == error.record[1])
        .order_by(TrailEntry.seq.desc())
        .limit(1)
    )
    return found or ""


def _back() -> str:
    """Where the record can be read: this address if it has a page, else where the form stood."""
    if request.url_rule is not None and "GET" in (request.url_rule.methods or ()):
        return request.full_path.rstrip("?")
    came_from = urlsplit(request.referrer or "")
    if came_from.netloc == request.host:
        return local_path(came_from.path) or "/"
    return "/"


def _on_stale(_error: StaleDataError) -> Response:
    """Two saved in the very same moment: sent again, the form meets the newer version and becomes a conflict page."""
    session.rollback()
    answer: Any = redirect(request.full_path.rstrip("?"), code=307)
    return cast("Response", answer)


def _on_rule(error: PlumblineError) -> tuple[str, int]:
    return _page("refused", 422, error=error)


def _on_csrf(_error: CSRFError) -> tuple[str, int]:
    return _page("csrf", 400)


def _on_too_large(_error: RequestEntityTooLarge) -> tuple[str, int]:
    limit = request.max_content_length or current_app.config["MAX_CONTENT_LENGTH"]
    return _page("too_large", 413, limit=format_number(limit / 1_000_000))


def _on_http(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error
    if error.code == 404:
        return _on_not_found(error)
    return _page("other", error.code, name=error.name)


def _on_crash(error: Exception) -> tuple[str, int]:
    if current_app.testing:
        session.rollback()
        raise error
    number = secrets.token_hex(4)
    current_app.logger.error("error %s at %s %s", number, request.method, request.path, exc_info=error)
    return _page("crash", 500, number=number)


def forget_old_receipts() -> int:
    """Housekeeping: receipts older than two days are of no use."""
    old = session.execute(delete(FormReceipt).where(FormReceipt.at < clock.now() - timedelta(days=2)))
    return int(getattr(old, "rowcount", 0) or 0)


def check_guards(app: Flask) -> None:
    """Refuse to start with an endpoint that nobody has decided about."""
    for endpoint, view in app.view_functions.items():
        if endpoint == "static" or endpoint.endswith(".static"):
            continue
        if getattr(view, "guard", None) is None:
            raise RuntimeError(f"endpoint {endpoint} has no guard")


class RecordNumber(IntegerConverter):
    """Numbers in addresses, as large as a database keeps them: a larger one is of no record."""

    def __init__(self, map: Any, *args: Any, **kwargs: Any) -> None:  # noqa: A002 - the name it is called with
        super().__init__(map, *args, **{"max": 2**31 - 1, **kwargs})


def init_app(app: Flask, load_person: Callable[[], Any]) -> None:
    """Wire the request cycle. `load_person` (accounts) puts `g.person` in place."""
    app.url_map.converters["int"] = RecordNumber
    app.session_interface = Cookies()
    app.before_request(_begin)
    app.before_request(load_person)
    app.before_request(_check_guard)
    app.before_request(_replay)
    app.after_request(_headers)
    app.after_request(_finish)
    app.teardown_request(_teardown)
    app.register_error_handler(NotFound, _on_not_found)
    app.register_error_handler(NotPermitted, _on_not_permitted)
    app.register_error_handler(EditConflict, _on_conflict)
    app.register_error_handler(StaleDataError, _on_stale)
    app.register_error_handler(RuleViolation, _on_rule)
    app.register_error_handler(InvalidInput, _on_rule)
    app.register_error_handler(CSRFError, _on_csrf)
    app.register_error_handler(RequestEntityTooLarge, _on_too_large)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(Exception, _on_crash)
