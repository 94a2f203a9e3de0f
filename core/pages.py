"""What every page with a form does: save and lead on, or come back with what is wrong."""

from types import TracebackType
from typing import Any

from flask import render_template

from core.errors import InvalidInput, RuleViolation
from core.forms import RecordForm


class _Refusals:
    def __init__(self, form: RecordForm) -> None:
        self.form = form

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> bool:
        if isinstance(error, RuleViolation):
            self.form.refuse(error)
            return True
        if isinstance(error, InvalidInput):
            self.form.form_errors.append(str(error))
            return True
        return False


def refusals(form: RecordForm) -> _Refusals:
    """`with refusals(form): operations.change(...); return redirect(...)`

    What an operation refuses is shown at its field or above the form, and the view goes on to show the page.
    """
    return _Refusals(form)


def form_page(template: str, form: RecordForm, **context: Any) -> tuple[str, int]:
    """The page of a form: 422 when it was sent and comes back."""
    return render_template(template, form=form, **context), 422 if form.is_submitted() else 200
