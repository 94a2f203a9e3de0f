import datetime as dt
import random
from typing import Any

import pytest

from core.db import session
from core.errors import NotPermitted, RuleViolation
from delivery.engine.case_clock import CaseClock
from delivery.engine.spec import RequirementSpec
from delivery.engine.zone import microseconds, moment
from standards.models import Calendar
from standards.operations import calendars, requirements
from standards.queries import calendars as queries
from standards.rules.calendar import WorkingCalendar
from standards.rules.deadline import deadline
from standards.rules.timing import parse_limit
from tests.page import Page
from tests.people import People
from tests.standards.test_versions import timed, written

OFFICE = {
    "week": {day: ["09:00-12:00", "13:00-17:30"] for day in ("mon", "tue", "wed", "thu", "fri")},
    "country": "CN",
    "holidays": ["2026-12-31"],
    "hours": {"2026-02-16": ["09:00-12:00"], "2026-03-03": []},
}


def office(people: People) -> Calendar:
    made = calendars.add_calendar(
        code="OFFICE",
        unit=people.north,
        actor=people.owner,
        time_zone="Asia/Shanghai",
        definition=OFFICE,
        name_en="Office hours",
        name_zh="办公时间",
    )
    session.commit()
    return made


def test_a_calendar_is_kept_as_people_wrote_it(people: People) -> None:
    working = queries.working_calendar(office(people))
    assert working is not None
    assert working.timezone == "Asia/Shanghai"
    assert working.is_working_day(dt.date(2026, 2, 14))  # a Saturday worked in exchange
    assert not working.is_working_day(dt.date(2026, 10, 1))
    assert not working.is_working_day(dt.date(2026, 12, 31))
    assert working.intervals_on(dt.date(2026, 2, 16)) == ((540, 720),)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"definition": {"week": {"mon": ["9 to 5"]}}}, "week"),
        ({"definition": {"country": "XX"}}, "country"),
        ({"definition": {"holidays": ["tomorrow"]}}, "holidays"),
        ({"code": ""}, "code"),
        ({"name_en": ""}, "name_en"),
    ],
)
def test_wrong_calendars_are_refused_at_their_field(
    people: People, values: dict[str, object], field: str
) -> None:
    given = {"code": "X", "time_zone": "UTC", "definition": OFFICE, "name_en": "X"} | values
    with pytest.raises(RuleViolation) as refused:
        calendars.add_calendar(unit=people.north, actor=people.owner, **given)  # type: ignore[arg-type]  # wrong on purpose
    assert refused.value.field == field


def test_codes_are_unique_and_units_keep_their_own(people: People) -> None:
    made = office(people)
    with pytest.raises(RuleViolation, match="already"):
        office(people)
    with pytest.raises(NotPermitted):
        calendars.change_calendar(made, seen=None, actor=people.south_owner, name_en="Mine")


def test_a_change_says_how_many_requirements_count_by_it(page: Page, people: People) -> None:
    made = office(people)
    version = written(people)
    timed(version, people, calendar_id=made.id)
    page.as_(people.owner)
    assert "1 requirement counts by this calendar" in page.get(f"/standards/calendars/{made.id}/edit")
    page.post(
        f"/standards/calendars/{made.id}/edit",
        {
            "code": "OFFICE",
            "name_en": "Office hours",
            "unit_id": people.north.id,
            "time_zone": "Asia/Shanghai",
            "mon": "09:00-12:00; 13:00-17:00",
            "country": "cn",
            "holidays": "2026-12-30\n2026-12-31",
            "hours": "2026-02-16 09:00-11:00\n2026-02-17",
        },
    )
    assert "computed anew" in page.follow()
    stored: dict[str, Any] = queries.get_calendar(made.id).definition
    assert stored["country"] == "CN"
    assert stored["week"]["mon"] == ["09:00-12:00", "13:00-17:00"]
    assert stored["hours"] == {"2026-02-16": ["09:00-11:00"], "2026-02-17": []}


def test_the_year_and_the_trial_on_the_page(page: Page, people: People) -> None:
    made = office(people)
    page.as_(people.staff)
    text = page.get(
        f"/standards/calendars/{made.id}?year=2026&start=2026-09-30T16:00&amount=5&unit=working_days"
    )
    assert "the end of 13" in text.replace("\u00a0", " ")
    assert "National Day" in text
    chinese = page.get(
        f"/standards/calendars/{made.id}?year=2026&start=2026-09-30T16:00&amount=5&unit=working_days&lang=zh"
    )
    assert "国庆节" in chinese
    assert "outside what" not in text
    # The sixth working day after Thursday, 5 March, is Friday the 13th; the weekend after it is still in time.
    stood = page.get(
        f"/standards/calendars/{made.id}?year=2026&start=2026-03-05T16:00&amount=6&unit=working_days&lang=en"
    )
    assert "the end of 15" in stood.replace("\u00a0", " ")
    assert stood.count("the clock stands still") == 2
    wrong = page.get(f"/standards/calendars/{made.id}?start=yesterday&lang=en")
    assert "Give a date and time" in wrong
    assert "can be measured" in page.get(f"/standards/calendars/{made.id}?start=2026-01-01T10:00&amount=-5")
    page.get("/standards/calendars")
    page.get(f"/standards/calendars/{made.id}/edit", status=403)
    page.as_(people.owner)
    page.get("/standards/calendars/new")


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "UTC"])
def test_the_trial_counts_like_the_measurement_of_logs(zone: str) -> None:
    """Random starts and limits: the deadline shown here is the deadline cases are judged by."""
    dice = random.Random(7)
    plain = WorkingCalendar.from_mapping({**OFFICE, "timezone": zone})
    nights = WorkingCalendar.from_mapping(
        {"week": {"sat": ["22:00-24:00"], "sun": ["00:00-03:30"]}, "timezone": zone}
    )
    limits = [
        "30 minutes",
        "48 hours",
        "5 days",
        "90 working minutes",
        "8 working hours",
        "1 working day",
        "5 working days",
        "20 working days",
        "same day",
        "same working day",
    ]
    for _round in range(120):
        start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=dice.randrange(380 * 86_400))
        calendar = dice.choice([plain, nights])
        text = dice.choice(limits)
        spec = RequirementSpec(id="R1", start="a", end="b", within=parse_limit(text))
        engine = CaseClock(spec, calendar=calendar, timezone=zone, as_of=start)
        at, is_open = engine.deadline({"a": microseconds(start), "b": None})
        here = deadline(start, parse_limit(text), calendar, zone)
        assert at is not None
        assert here.at == moment(at), (start, text)
        assert here.is_open == is_open
        times: dict[str, int | None] = {"a": microseconds(start), "b": None}
        pauses, end = [], start
        for number in range(dice.randrange(1, 4)):
            begin = start + dt.timedelta(seconds=dice.randrange(-50_000, 9 * 86_400))
            finish = begin + dt.timedelta(seconds=dice.randrange(5 * 86_400))
            pauses.append((begin, finish))
            times |= {f"p{number}": microseconds(begin), f"q{number}": microseconds(finish)}
            end = max(end, finish)
        paused = RequirementSpec(
            id="R1",
            start="a",
            end="b",
            within=parse_limit(text),
            paused=tuple((f"p{number}", f"q{number}") for number in range(len(pauses))),
        )
        engine = CaseClock(paused, calendar=calendar, timezone=zone, as_of=end)
        at, is_open = engine.deadline(times)
        here = deadline(start, parse_limit(text), calendar, zone, pauses)
        assert at is not None
        assert here.at == moment(at), (start, text, pauses)
        assert here.is_open == is_open


def test_a_limit_that_work_never_reaches_has_no_deadline() -> None:
    never = WorkingCalendar.from_mapping({"week": {"mon": ["09:00-10:00"]}, "timezone": "UTC"})
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert deadline(start, parse_limit("9000 working hours"), never, "UTC").at is None


def test_requirements_need_an_existing_calendar(people: People) -> None:
    with pytest.raises(RuleViolation) as refused:
        requirements.add_requirement(
            written(people),
            actor=people.owner,
            kind="timing",
            from_milestone="a",
            to_milestone="b",
            limit="1 day",
            calendar_id=99_999,
        )
    assert refused.value.field == "calendar_id"
