"""The list of analyses."""

from typing import Any

from flask import g, url_for

from accounts.models import Person
from core import access
from core.access import guard
from core.i18n import _, _l, format_datetime, format_number, pick
from core.tables import Column, Empty, ListPage, choice_filter, row_urls, two_lines
from satisfaction import lists
from satisfaction.analyses.reporting import title_of
from satisfaction.models import Analysis, Wave
from satisfaction.permissions import ANALYSE, SEE
from satisfaction.queries import analyses as queries
from satisfaction.rules.analyses import Method
from satisfaction.views import blueprint

STATES = {
    "waiting": ("info", _l("being computed")),
    "done": ("good", _l("Done")),
    "refused": ("edge", _l("not possible with these data")),
}


COLUMNS = (
    Column(
        "analysis",
        _l("Analysis"),
        lambda row, url: two_lines(
            url(row.id), title_of(row.method, row.title, entered=not row.wave_code), row.code
        ),
        sort=Analysis.id,
        export=lambda row, _url: f"{row.code} {title_of(row.method, row.title, entered=not row.wave_code)}",
        descending=True,
    ),
    Column(
        "method",
        _l("Method"),
        lambda row, _url: title_of(row.method, "", entered=not row.wave_code),
        sort=Analysis.method,
    ),
    Column(
        "wave",
        _l("Wave"),
        lambda row, _url: (
            f"{pick(row.name_en, row.name_zh)} · {row.wave_code}"
            if row.wave_code
            else str(_("entered figures · %(unit)s", unit=pick(row.unit_en, row.unit_zh)))
        ),
        sort=Wave.code,
    ),
    Column(
        "answers",
        _l("Responses"),
        lambda row, _url: format_number(row.answers) if row.state != "waiting" and row.wave_code else "—",
        export=lambda row, _url: int(row.answers),
        css="r num",
        sort=Analysis.answers,
    ),
    Column("who", _l("Run by"), lambda row, _url: row.made_by, sort=Person.name),
    Column(
        "made",
        _l("When"),
        lambda row, _url: format_datetime(row.made_at),
        sort=Analysis.made_at,
        css="nb",
        descending=True,
    ),
    lists.state(lambda row: STATES[row.state], Analysis.state),
)


def _empty() -> Empty:
    return Empty(
        _("No analyses yet"),
        _("Open a wave that has answers and choose “Analyse”: which method suits it is said there."),
        (url_for("satisfaction.index"), _("Waves")),
    )


INDEX = ListPage(
    "analyses",
    _l("Analyses"),
    columns=COLUMNS,
    tie=Analysis.id,
    default_sort="-made",
    filters=(
        choice_filter(
            "method", _l("Method"), Analysis.method, lambda: [(each.value, each.label) for each in Method]
        ),
        choice_filter(
            "state",
            _l("State"),
            Analysis.state,
            lambda: [(key, label) for key, (_tone, label) in STATES.items()],
        ),
    ),
    search=(Analysis.code, Analysis.title, Wave.code, Wave.name_en, Wave.name_zh),
    empty=_empty,
    context=lambda: row_urls("satisfaction.analysis", "analysis_id"),
)


@blueprint.get("/surveys/analyses")
@guard(SEE)
def analyses() -> Any:
    return INDEX.answer(
        "analyses/index.html", queries.select_analyses(g.person), may_calculate=access.may(g.person, ANALYSE)
    )
