"""The month: what came in and went out, what was promised and kept, what it was about."""

from datetime import date, timedelta
from typing import Any

from flask import g, render_template, request

from complaints import reports
from complaints.permissions import SEE
from complaints.queries import months as queries
from complaints.rules.clocks import MIN_N, STOPS, Tally
from complaints.rules.grades import TOPIC_LABELS, Topic
from complaints.rules.states import State
from complaints.views import wording as words
from complaints.views.blueprint import blueprint
from core import access, clock
from core.access import guard
from core.charts.marks import verdict_word
from core.charts.specs.attainment import Period, attainment_over_time
from core.charts.specs.parts import Spec, whole, x_axis
from core.i18n import _, format_interval, format_number, format_share, format_target, language
from standards.rules.sentences import limit_words

MONTHS = 12


def month_name(day: date) -> str:
    """March 2026, 2026年3月."""
    if language() == "zh":
        return f"{day.year}年{day.month}月"
    from babel.dates import get_month_names

    return f"{get_month_names('wide', locale='en')[day.month]} {day.year}"


def asked_month(today: date) -> date:
    """First day of `?month=2026-11`; this month for anything else."""
    year, _dash, month = request.args.get("month", "").partition("-")
    if len(year) == 4 and year.isascii() and year.isdigit() and month.isascii() and month.isdigit():
        number = int(month)
        if 1 <= number <= 12 and 2000 <= int(year) <= today.year:
            return min(date(int(year), number, 1), today.replace(day=1))
    return today.replace(day=1)


@blueprint.get("/complaints/month")
@guard(SEE)
def month() -> Any:
    zone = reports.organisation_zone()
    reach = access.reach(g.person, SEE)
    today = clock.now().astimezone(zone).date()
    first = asked_month(today)
    after = (first + timedelta(days=32)).replace(day=1)
    found = reports.period(reach, zone, first, after - timedelta(days=1))
    starts = reports.month_starts(zone, first, MONTHS)
    moments = [moment for _day, moment in starts]
    flow = queries.by_month(reach, moments)
    drawn = next(
        (item for stop in (State.answered, State.closed, State.decided, State.acknowledged)
         for item in found.promises if item.stops == stop),
        None,
    )  # fmt: skip
    tallies = (
        queries.promise_by_month(reach, moments, drawn.standard_id, drawn.code, drawn.stops) if drawn else []
    )
    days = [day for day, _moment in starts[:-1]]
    return render_template(
        "complaints/month.html",
        found=found,
        name=month_name(first),
        before=(first - timedelta(days=1)).strftime("%Y-%m"),
        after=after.strftime("%Y-%m") if after <= today else None,
        promises=[
            (item, reports.promise_figure(item))
            for item in sorted(found.promises, key=lambda item: item.target is None)
        ],
        words=words,
        stop_label=lambda item: STOPS[State(item.stops)],
        limit_words=lambda text: limit_words(text, language()),
        topic_label=lambda value: TOPIC_LABELS[Topic(value)],
        min_n=MIN_N,
        flow_spec=flow_chart(days, flow),
        flow_table=_flow_table(days, flow),
        flow_says=_flow_says(days, flow),
        drawn=drawn,
        spec=attainment_over_time(
            [_period(day, tally, drawn.target) for day, tally in zip(days, tallies, strict=True)]
        )
        if drawn and sum(tally.n >= MIN_N for tally in tallies)
        else None,
        table=_promise_table(days, tallies, drawn.target if drawn else None),
        any_month=any(sum(pair) for pair in flow),
    )


def flow_chart(days: list[date], flow: list[tuple[int, int]], *, height: int = 200) -> Spec:
    """Received and closed, month by month: two lines told apart by dash and by the word at their end."""
    rows: list[dict[str, Any]] = []
    for day, (received, closed) in zip(days, flow, strict=True):
        for key, label, count in (
            ("received", _("received"), received),
            ("closed", _("closed"), closed),
        ):
            rows.append(
                {
                    "start": day.isoformat(),
                    "what": key,
                    "label": month_name(day),
                    "word": f"{label} {format_number(count)}",
                    "name": label,
                    "n": count,
                }
            )
    most = max((row["n"] for row in rows), default=0)
    x = x_axis(days)
    y = {
        "field": "n",
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [0, max(4, most * 1.12)], "nice": False},
        "axis": {"tickCount": 4, "format": "d", "labelPadding": 8, "tickMinStep": 1},
    }
    dash = {
        "field": "what",
        "type": "nominal",
        "scale": {"domain": ["received", "closed"], "range": [[1, 0], [5, 3]]},
        "legend": None,
    }
    ends = _ends(rows[-2:], most)
    layers: list[Spec] = [
        {
            "mark": {"type": "line", "color": "token:ink-2", "strokeWidth": 1.8},
            "encoding": {"x": x, "y": y, "strokeDash": dash, "detail": {"field": "what"}},
        },
        {
            "mark": {
                "type": "point",
                "size": 46,
                "stroke": "token:ink-2",
                "strokeWidth": 1.6,
                "opacity": 1,
                "filled": True,
            },
            "encoding": {
                "x": x,
                "y": y,
                "fill": {
                    "field": "what",
                    "type": "nominal",
                    "scale": {
                        "domain": ["received", "closed"],
                        "range": ["token:ink-2", "token:surface"],
                    },
                    "legend": None,
                },
                "tooltip": [
                    {"field": "label", "title": _("Month")},
                    {"field": "name", "title": _("Complaints")},
                    {"field": "n", "title": _("Number")},
                ],
            },
        },
        {
            "data": {"values": ends},
            "mark": {
                "type": "text",
                "align": "left",
                "baseline": "middle",
                "dx": 9,
                "fontSize": 12,
                "color": "token:ink",
            },
            "encoding": {"x": x, "y": {**y, "field": "at"}, "text": {"field": "word"}},
        },
    ]
    return {**whole(rows, layers, height), "padding": {"left": 2, "right": 86, "top": 6, "bottom": 2}}


def _ends(last: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """The words at the two line ends, moved apart where the lines end close together."""
    first, second = last
    gap = max(4, most * 1.12) * 0.1
    upper, lower = (first, second) if first["n"] >= second["n"] else (second, first)
    push = max(0.0, gap - (upper["n"] - lower["n"])) / 2
    return [{**upper, "at": upper["n"] + push}, {**lower, "at": max(0.0, lower["n"] - push)}]


def _flow_table(days: list[date], flow: list[tuple[int, int]]) -> dict[str, Any]:
    return {
        "header": [_("Month"), _("Received"), _("Closed")],
        "rows": [
            [month_name(day), format_number(received), format_number(closed)]
            for day, (received, closed) in reversed(list(zip(days, flow, strict=True)))
        ],
    }


def _flow_says(days: list[date], flow: list[tuple[int, int]]) -> str:
    return _(
        "Complaints by month, %(first)s to %(last)s: in all %(received)s received, %(closed)s closed.",
        first=month_name(days[0]),
        last=month_name(days[-1]),
        received=format_number(sum(pair[0] for pair in flow)),
        closed=format_number(sum(pair[1] for pair in flow)),
    )


def _period(day: date, tally: Tally, target: float | None) -> Period:
    few = tally.n < MIN_N
    interval = None if few else tally.interval
    return Period(
        day,
        month_name(day),
        tally.n,
        None if few else tally.share,
        interval[0] if interval else None,
        interval[1] if interval else None,
        target,
        "too_few" if few else tally.verdict(target),
    )


def _promise_table(days: list[date], tallies: list[Tally], target: float | None) -> dict[str, Any]:
    rows = []
    for day, tally in reversed(list(zip(days, tallies, strict=False))):
        few = tally.n < MIN_N
        verdict = "too_few" if few else tally.verdict(target)
        rows.append(
            [
                month_name(day),
                "—" if few else format_share(tally.share),
                format_interval(*tally.interval) if tally.interval and not few else "—",
                format_number(tally.met),
                format_number(tally.missed),
                format_number(tally.running),
                format_target(target),
                verdict_word(verdict) if verdict else "—",
            ]
        )
    return {
        "header": [
            _("Month"),
            _("In time"),
            _("95% interval"),
            _("Met"),
            _("Missed"),
            _("Running"),
            _("Target"),
            _("State"),
        ],
        "rows": rows,
    }
