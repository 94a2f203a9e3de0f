"""The page of respondents: public, on a phone, without an account, with or without JavaScript."""

from typing import Any

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import RequestEntityTooLarge

from core.access import public
from core.errors import NotFound
from core.i18n import _, language
from core.web import largest_body, saved
from satisfaction import tokens
from satisfaction.operations import answering as operations
from satisfaction.operations.answering import Outcome
from satisfaction.queries import waves as queries
from satisfaction.queries.waves import Asked
from satisfaction.rules.items import Column, columns_of, read_answers
from satisfaction.rules.waves import Door
from satisfaction.views import blueprint
from satisfaction.views.questions import FAULTS, questions

COOKIE = "pl_answer"
BODY_MOST = 300_000


def _asked(token: str) -> Asked:
    found = queries.find_asked(token, tokens.hashed(token)) if 10 <= len(token) <= 64 else None
    if found is None:
        raise NotFound
    return found


def _answer_token() -> str:
    """Of this answering: from the form, else from the cookie, else a new one."""
    for given in (request.form.get("r", ""), request.cookies.get(COOKIE, "")):
        if 20 <= len(given) <= 40 and given.isascii():
            return given
    return tokens.answer_token()


def _given(columns: list[Column]) -> dict[str, list[str]]:
    """What was entered, by column; bounded before anything looks at it."""
    return {
        column.key: [value[:4000] for value in request.form.getlist(column.key)[:40]]
        for column in columns
        if column.key in request.form
    }


def _page(
    asked: Asked, token: str, answer: str, given: dict[str, list[str]], *, alert: str = "", status: int = 200
) -> Response:
    items = queries.items_of(asked)
    faults = read_answers(columns_of(items), given).faults if status == 422 else {}
    parts = questions(items, given, faults)
    response = make_response(
        render_template(
            "satisfaction/answer.html",
            asked=asked,
            token=token,
            answer=answer,
            body=Markup("".join(parts)),  # noqa: S704 - put together with every text escaped
            faults=[(key, FAULTS[fault]) for key, fault in faults.items()],
            alert=alert,
            count=len(items),
            resumed=bool(given) and status == 200,
        ),
        status,
    )
    return _with_cookie(response, token, answer)


def _with_cookie(response: Response, token: str, answer: str) -> Response:
    response.set_cookie(
        COOKIE,
        answer,
        max_age=30 * 86_400,
        path=url_for("satisfaction.answer", token=token),
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _said(asked: Asked, what: str, *, status: int = 200) -> Response:
    response = make_response(
        render_template(
            "satisfaction/answer_said.html", asked=asked, what=what, personal=asked.invitation_id is not None
        ),
        status,
    )
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@blueprint.get("/s/<token>")
@public
def answer(token: str) -> Response:
    asked = _asked(token)
    again = request.args.get("again") == "1" and asked.invitation_id is None
    answer = tokens.answer_token() if again else _answer_token()
    key = operations.key_of(asked, token, answer)
    known = not again and (COOKIE in request.cookies or asked.invitation_id is not None)
    if asked.used or (known and operations.is_answered(key)):
        return _said(asked, "done")
    if asked.door != Door.open:
        return _said(asked, asked.door.value)
    given = operations.find_draft(key, asked.wave_id) if known else {}
    return _page(asked, token, answer, given)


def _bounded() -> None:
    if (request.content_length or 0) > BODY_MOST:
        request.max_content_length = BODY_MOST
        raise RequestEntityTooLarge


@blueprint.post("/s/<token>")
@public
@largest_body(BODY_MOST)
def send(token: str) -> Any:
    _bounded()
    asked = _asked(token)
    answer = _answer_token()
    key = operations.key_of(asked, token, answer)
    columns = columns_of(queries.items_of(asked))
    given = _given(columns)
    answers = read_answers(columns, given)
    if answers.faults and not operations.is_answered(key) and asked.door == Door.open and not asked.used:
        return _page(asked, token, answer, given, status=422)
    if answers.empty and asked.door == Door.open and not asked.used:
        return _page(
            asked, token, answer, given, alert=_("Nothing is answered yet. Please answer at least one question."),
            status=422,
        )  # fmt: skip
    outcome = operations.submit(
        asked,
        key,
        answers,
        language=language(),
        channel="web",
        address=request.remote_addr or "",
    )
    match outcome:
        case Outcome.stored | Outcome.again:
            return _with_cookie(redirect(url_for("satisfaction.thanks", token=token)), token, answer)  # type: ignore[arg-type]  # werkzeug's response is Flask's
        case Outcome.many:
            return _page(
                asked, token, answer, given, status=429,
                alert=_("Many answers came from this network within minutes. Wait a few minutes and send again; what you entered stays."),
            )  # fmt: skip
        case Outcome.spent:
            return _said(asked, "done", status=422)
        case Outcome.full:
            return _said(asked, "full", status=422)
    return _said(asked, asked.door.value if asked.door != Door.open else "over", status=422)


@blueprint.post("/s/<token>/save")
@public
@largest_body(BODY_MOST)
def save(token: str) -> Any:
    """As the respondent goes on; the page says whether it is kept."""
    _bounded()
    asked = _asked(token)
    answer = _answer_token()
    key = operations.key_of(asked, token, answer)
    columns = columns_of(queries.items_of(asked))
    outcome = operations.save_draft(asked, key, _given(columns), address=request.remote_addr or "")
    response = make_response({"outcome": outcome.value}, 200 if outcome == Outcome.stored else 422)
    return saved(response) if outcome == Outcome.stored else response


@blueprint.get("/s/<token>/thanks")
@public
def thanks(token: str) -> Response:
    return _said(_asked(token), "thanks")
