"""What every form of a ticket does: ask the table of steps, save, say so, or show what is wrong."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import flash, g, redirect, request, url_for

from accounts import queries as accounts
from core.forms import RecordForm, number_or_none
from core.i18n import _
from core.pages import form_page, refusals
from improvement.models import Ticket
from improvement.operations import steps
from improvement.permissions import VERIFY
from improvement.queries import tickets as queries

Form = TypeVar("Form", bound=RecordForm)

UPLOAD_LIMIT = 25_000_000


def step_page(
    found: Ticket,
    form: RecordForm,
    save: Callable[[], Any],
    *,
    heading: Any,
    button: Any,
    done: Any,
    note: Any = "",
    hints: dict[str, Any] | None = None,
    once: bool = False,
    template: str = "tickets/form.html",
    **context: Any,
) -> Any:
    if form.validate_on_submit():
        with refusals(form):
            save()
            flash(done() if callable(done) else done, "good")
            return redirect(url_for(".ticket", ticket_id=found.id))
    return form_page(
        template,
        form,
        ticket=found,
        heading=heading,
        button=button,
        note=note,
        hints=hints or {},
        once=once,
        **context,
    )


def form_for(found: Ticket, kind: type[Form]) -> Form:
    """An empty form about the ticket as it stands: sent after somebody else has changed it, it becomes a conflict."""
    return kind(data={"row_version": found.row_version})


def open_for(ticket_id: int, verb: str) -> Ticket:
    """The ticket, if this person may take this step now; both are asked before a form is shown and when it is sent."""
    found = queries.get_ticket_for(g.person, ticket_id)
    steps.permit(found, verb, g.person)
    return found


def post(ticket_id: int, verb: str, do: Callable[[Ticket], Any], done: Callable[[Any], Any]) -> Any:
    """A single button. A refusal says on the page what is missing."""
    found = queries.get_ticket_for(g.person, ticket_id)
    steps.permit(found, verb, g.person)
    result = do(found)
    flash(done(result), "good")
    return redirect(url_for(".ticket", ticket_id=found.id))


def seen_version() -> int | None:
    return number_or_none(request.form.get("row_version", ""))


def people() -> list[tuple[int, str]]:
    return [(person.id, person.name) for person in accounts.list_people(limit=1000)]


def verifiers(path: str) -> list[tuple[int, str]]:
    people = [(person.id, person.name) for person in accounts.people_with(VERIFY, path)]
    return [(0, _("not yet named")), *people]
