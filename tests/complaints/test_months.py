"""Months and reports against numbers counted by hand; pages that cost the same however many rows there are."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from complaints import reports
from complaints.models import Complaint
from complaints.operations import messages, remedies, steps
from complaints.queries import months as queries
from complaints.rules.clocks import MIN_N
from complaints.rules.grades import Complexity, Impact, Severity, severity_of
from complaints.views.months import flow_chart
from core.db import session
from core.figures import Figure
from tests.complaints.builders import make_complaint, make_standard, set_up, take_to
from tests.page import Page
from tests.people import People
from tests.statements import counted


def made(people: People, clock: Any) -> list[Complaint]:
    """Twelve in March at the north, acknowledged at once except two; one in April at the south."""
    found = [make_complaint(people, topic="conduct" if number < 4 else "waiting") for number in range(12)]
    clock.shift(timedelta(hours=1))
    for one in found[2:]:
        steps.acknowledge(one, actor=people.handler)
    clock.shift(timedelta(days=3))
    steps.acknowledge(found[0], actor=people.handler)
    for one in found[2:5]:
        take_to(one, "decided", people, severity="high" if one is found[2] else "low")
        remedy = remedies.propose(one, kind="refund", words="", cost=1250, actor=people.manager)
        remedies.finish(one, remedy, actor=people.handler)
        steps.close(one, actor=people.handler)
        messages.rate(one, 5 if one is found[2] else 2)
    steps.withdraw(found[5], reason="settled", actor=people.handler)
    clock.move_to(datetime(2026, 4, 2, 1, 0, tzinfo=UTC))
    steps.reopen(found[3], reason="again", actor=people.handler)
    make_complaint(people, unit=people.south, topic="money")
    session.commit()
    return found


def test_a_month_counted_by_hand(app: Flask, people: People, clock: Any) -> None:
    with app.test_request_context():
        set_up(people, make_standard(people))
        made(people, clock)
        march = reports.period(("/",), reports.organisation_zone(), date(2026, 3, 1), date(2026, 3, 31))
        n = march.counts
        assert (n.received, n.closed, n.withdrawn, n.open_at_end) == (12, 3, 1, 9)
        # the reopened one lost its closing of March: it is open again
        assert (n.decided, n.justified, n.rated, n.satisfied, n.cost) == (2, 2, 3, 1, 3750)
        april = reports.period(("/",), reports.organisation_zone(), date(2026, 4, 1), date(2026, 4, 30))
        assert (april.counts.received, april.counts.reopened, april.counts.open_at_end) == (1, 1, 10)
        assert [(row.topic, row.received, row.serious) for row in march.topics] == [
            ("waiting", 8, 0),
            ("conduct", 4, 1),
        ]
        first = next(item for item in march.promises if item.stops == "acknowledged")
        assert (first.tally.met, first.tally.missed, first.tally.running, first.tally.late) == (10, 1, 1, 1)
        figure = reports.promise_figure(first)
        assert figure.value == pytest.approx(10 / 11)
        assert figure.low == pytest.approx(0.6226, abs=1e-4)  # Wilson, 10 of 11
        assert figure.high == pytest.approx(0.9838, abs=1e-4)
        assert (figure.n, figure.target, figure.verdict) == (11, 0.95, "on_the_line")
        assert figure.working["label_zh"].startswith("按时告知受理")
        answered = next(item for item in march.promises if item.stops == "answered")
        assert reports.promise_figure(answered).value is None, f"under {MIN_N}"


def test_reports_for_reviews_and_packs(app: Flask, people: People, clock: Any) -> None:
    with app.test_request_context():
        set_up(people, make_standard(people))
        made(people, clock)
        figures = reports.figures_between(people.north, date(2026, 3, 1), date(2026, 4, 30))
        assert all(isinstance(figure, Figure) and figure.working["label_en"] for figure in figures)
        assert [Figure.from_json(figure.to_json()) for figure in figures] == figures
        by_name = {figure.working["label_en"]: figure for figure in figures}
        assert by_name["Complaints received"].value == 12
        assert by_name["Cost of remedies carried out"].value == 37.5
        satisfied = by_name["Satisfied with the handling, of those who answered"]
        assert satisfied.value == pytest.approx(1 / 3)
        assert satisfied.n == 3
        empty = reports.figures_between(people.south, date(2025, 1, 1), date(2025, 1, 31))
        assert {figure.value for figure in empty} <= {0, None}


def test_months_go_by_the_clock_of_the_organisation(app: Flask, people: People, clock: Any) -> None:
    with app.test_request_context():
        clock.move_to(datetime(2026, 2, 28, 15, 59, tzinfo=UTC))  # 23:59 in Shanghai
        make_complaint(people)
        clock.move_to(datetime(2026, 2, 28, 16, 0, tzinfo=UTC))
        make_complaint(people)
        zone = reports.organisation_zone()
        starts = reports.month_starts(zone, date(2026, 3, 9), 3)
        assert [day for day, _moment in starts] == [
            date(2026, 1, 1),
            date(2026, 2, 1),
            date(2026, 3, 1),
            date(2026, 4, 1),
        ]
        assert queries.by_month(("/",), [moment for _day, moment in starts]) == [(0, 0), (1, 0), (1, 0)]


def test_the_page_of_the_month(page: Page, people: People, clock: Any) -> None:
    page.as_(people.manager)
    assert "No complaint in twelve months" in page.get("/complaints/month?lang=en")
    set_up(people, make_standard(people))
    made(people, clock)
    page.as_(people.manager)  # a month later the former session is over
    text = page.get("/complaints/month?month=2026-03")
    assert "March 2026" in text
    assert "Acknowledged in time" in text
    assert "90.9%" in text
    assert "On the line" in text
    assert "conduct" in text
    assert "2026年3月" in page.get("/complaints/month?month=2026-03&lang=zh")
    page.get("/complaints/month?lang=en")
    for month in ("2026-13", "x", "9999-01", "²026-01", "2027-01", "1999-12", "2026-1-1"):
        assert "April 2026" in page.get("/complaints/month", query_string={"month": month}), month
    page.as_(people.south_owner)
    assert "Charges, refunds" in page.get("/complaints/month")
    assert "Conduct of staff" not in page.get("/complaints/month?month=2026-03")


def test_the_ends_of_the_lines_never_cover_each_other(app: Flask) -> None:
    with app.test_request_context():
        days = [date(2026, month, 1) for month in range(1, 5)]
        spec = flow_chart(days, [(3, 1), (4, 2), (9, 8), (20, 20)])
        ends = spec["layer"][2]["data"]["values"]
        assert abs(ends[0]["at"] - ends[1]["at"]) >= 2
        assert flow_chart(days, [(0, 0)] * 4)["layer"]


@pytest.mark.parametrize(
    ("safety", "urgent", "impact", "complexity", "severity"),
    [
        (False, False, Impact.one, Complexity.simple, Severity.low),
        (False, False, Impact.one, Complexity.complex, Severity.medium),
        (False, False, Impact.several, Complexity.simple, Severity.medium),
        (False, False, Impact.many, Complexity.simple, Severity.high),
        (False, True, Impact.one, Complexity.simple, Severity.high),
        (True, False, Impact.one, Complexity.simple, Severity.high),
        (True, True, Impact.one, Complexity.simple, Severity.critical),
        (True, False, Impact.many, Complexity.simple, Severity.critical),
    ],
)
def test_danger_comes_first(safety: bool, urgent: bool, impact: str, complexity: str, severity: str) -> None:
    assert severity_of(safety=safety, urgent=urgent, impact=impact, complexity=complexity) == severity


def test_more_rows_cost_no_more_statements(page: Page, people: People, clock: Any) -> None:
    standard = make_standard(people)
    set_up(people, standard)

    def fill(number: int) -> None:
        for _number in range(number):
            make_complaint(people, standard=standard)
            remedies.propose(first, kind="apology", words="", actor=people.manager)
            messages.write_note(first, "words", actor=people.handler)
        session.commit()

    first = make_complaint(people, standard=standard)
    fill(3)
    addresses = [
        "/complaints",
        f"/complaints/{first.id}",
        "/complaints/month",
        "/complaints/settings",
        "/tasks",
        f"/standards/{standard.id}",
    ]

    def cost() -> list[int]:
        found = []
        for address in addresses:
            page.get(address)
            with counted() as statements:
                page.get(address)
            found.append(len(statements))
        return found

    page.as_(people.manager)
    few = cost()
    session.expire_all()
    fill(26)
    assert cost() == few
    assert few[0] <= 9, few
    assert few[1] <= 24, few
    with counted() as statements:
        text = page.get("/complaints")
    assert text.count('<div class="code">CMP-') == 30
    assert len(text.encode()) <= 60_000, len(statements)
