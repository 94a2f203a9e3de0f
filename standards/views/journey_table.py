"""The map of a journey as a table: filtered, sorted, and taken away as a file."""

from typing import Any

from flask import g, url_for
from markupsafe import Markup

from core.access import guard
from core.charts.marks import state
from core.i18n import _, _l, format_interval, format_number, format_share, pick
from core.tables import Column, Empty, Filter, ListPage, choice_filter, row_urls, two_lines
from standards.models import Requirement, Touchpoint
from standards.permissions import SEE
from standards.queries import journeys as queries
from standards.queries import touchpoints as hanging
from standards.reports.journeys import JourneyMap, Line, Spot, map_of
from standards.rules.journeys import Channel
from standards.rules.sentences import plain
from standards.views import journeys_blueprint as blueprint
from standards.views.journeys import frame, period_words


class _Known:
    """Figures for the rows of the table, found by touchpoint and requirement."""

    def __init__(self, found: JourneyMap) -> None:
        self.spots: dict[int, Spot] = {spot.touchpoint.id: spot for spot in found.spots}
        self.lines: dict[tuple[int, int, str], Line] = {
            (spot.touchpoint.id, line.promised.standard_id, line.promised.code): line
            for spot in found.spots
            for line in spot.lines
        }

    def figure(self, row: Any) -> Any:
        line = self.lines.get((row.id, row.standard_id, row.requirement_code))
        figure = line.proof.figure if line is not None and line.proof is not None else None
        return figure if figure is not None and figure.value is not None else None

    def how(self, row: Any) -> str:
        line = self.lines[row.id, row.standard_id, row.requirement_code]
        return line.proof.how_url if line.proof is not None else ""


def _promise_cell(row: Any, _known: _Known) -> Any:
    if row.standard_id is None:
        return Markup('<span class="quiet">%s</span>') % _("nothing yet")
    if row.requirement_code is None:
        return Markup('%s <span class="code">%s</span>') % (_("not in force yet"), row.standard_code)
    return Markup('%s <a class="code" href="%s">%s</a>') % (
        plain(pick(row.statement_en, row.statement_zh)),
        url_for("standards.show", standard_id=row.standard_id, _anchor=row.requirement_code),
        f"{row.standard_code} {row.requirement_code}",
    )


def _delivered_cell(row: Any, known: _Known) -> Any:
    figure = known.figure(row)
    if figure is None:
        return "—"
    return Markup('<a class="calc num" href="%s">%s</a>') % (known.how(row), format_share(figure.value))


def _interval(figure: Any) -> str:
    return format_interval(figure.low, figure.high) if figure is not None and figure.low is not None else ""


def _verdict_cell(row: Any, known: _Known) -> Any:
    figure = known.figure(row)
    return state(figure.verdict) if figure is not None and figure.verdict else ""


def _felt_cell(row: Any, known: _Known) -> Any:
    parts = [
        Markup(
            '<a href="%s">%s</a> <span class="nb">%s</span> <span class="micro quiet nb">%s · n = %s</span>'
        )
        % (each.url, each.code, each.value, each.interval, format_number(each.figure.n))
        for each in known.spots[row.id].felt
    ]
    return Markup("<br>").join(parts) if parts else "—"


def _felt_text(row: Any, known: _Known) -> str:
    return "; ".join(
        f"{each.text}: {each.value} ({each.interval}; n = {each.figure.n})"
        for each in known.spots[row.id].felt
    )


def _word_cell(row: Any, known: _Known) -> Any:
    word = known.spots[row.id].word
    return word.sentence if word is not None else ""


def _table_page(found: JourneyMap) -> ListPage:
    url = row_urls("journeys.touchpoint", "touchpoint_id")
    known = _Known(found)
    return ListPage(
        "journey",
        _l("Customer journey"),
        columns=[
            Column("stage", _l("Stage"), lambda row, _k: pick(row.stage_en, row.stage_zh), sort=hanging.MAP_ORDER),
            Column(
                "touchpoint",
                _l("Touchpoint"),
                lambda row, _k: two_lines(url(row.id), pick(row.name_en, row.name_zh), row.code),
                sort=Touchpoint.code,
                css="jm-tp",
                export=lambda row, _k: pick(row.name_en, row.name_zh),
            ),
            Column("code", _l("Code"), lambda row, _k: row.code, sort=Touchpoint.code, shown=False),
            Column(
                "channel",
                _l("Channel"),
                lambda row, _k: Channel(row.channel).label,
                sort=Touchpoint.channel,
                shown=False,
                export=lambda row, _k: str(Channel(row.channel).label),
            ),
            Column(
                "moment",
                _l("Moment of truth"),
                lambda row, _k: _("yes") if row.moment_of_truth else "",
                sort=Touchpoint.moment_of_truth,
                descending=True,
            ),
            Column(
                "promised",
                _l("Promised"),
                _promise_cell,
                css="st-cell",
                export=lambda row, _k: plain(pick(row.statement_en, row.statement_zh)) if row.requirement_code else "",
            ),
            Column(
                "requirement",
                _l("Requirement"),
                lambda row, _k: f"{row.standard_code} {row.requirement_code}" if row.requirement_code else "",
                shown=False,
            ),
            Column(
                "target",
                _l("Target"),
                lambda row, _k: format_share(row.target) if row.target is not None else "—",
                css="r num",
                export=lambda row, _k: row.target,
            ),
            Column(
                "delivered",
                _l("What is delivered"),
                _delivered_cell,
                css="r num",
                export=lambda row, k: figure.value if (figure := k.figure(row)) is not None else None,
            ),
            Column("interval", _l("95% interval"), lambda row, k: _interval(k.figure(row)), css="num"),
            Column(
                "n",
                _l("Cases"),
                lambda row, k: format_number(figure.n) if (figure := k.figure(row)) is not None else "",
                css="r num",
                export=lambda row, k: figure.n if (figure := k.figure(row)) is not None else None,
            ),
            Column("verdict", _l("State"), _verdict_cell),
            Column("felt", _l("What is felt"), _felt_cell, css="st-cell", export=_felt_text),
            Column("word", _l("Where they disagree"), _word_cell, css="st-note", export=lambda row, k: str(_word_cell(row, k))),
        ],
        tie=hanging.MAP_TIE,
        default_sort="stage",
        filters=[
            Filter(
                "moment",
                _l("Moment of truth"),
                lambda: [("yes", _l("Only moments of truth"))],
                lambda value: Touchpoint.moment_of_truth.is_(True) if value == "yes" else None,
                fixed=True,
            ),
            choice_filter(
                "channel", _l("Channel"), Touchpoint.channel, lambda: [(each.value, each.label) for each in Channel]
            ),
        ],
        search=[Touchpoint.code, Touchpoint.name_en, Touchpoint.name_zh, Requirement.statement_en, Requirement.statement_zh],
        empty=lambda: Empty(
            _("No touchpoints yet"),
            _("Stages and touchpoints are written on the page “Stages and touchpoints”."),
        ),
        context=lambda: known,
    )  # fmt: skip


@blueprint.get("/journeys/<int:journey_id>/table")
@guard(SEE)
def table(journey_id: int) -> Any:
    journey = queries.get_journey_for(g.person, journey_id)
    found = map_of(journey, g.person)
    page = _table_page(found)
    statement = hanging.map_statement(journey, g.person)
    return page.answer(
        "journeys/table.html",
        statement,
        period=period_words(found.period),
        **frame(journey, "table"),
    )
