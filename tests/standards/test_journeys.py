"""Services, journeys, stages, touchpoints: writing and removing, what hangs on them, the map, and what it costs."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from accounts.rules import Role
from core import trail
from core.db import session
from core.errors import EditConflict, NotFound, NotPermitted, RuleViolation
from core.history import changes, sentences
from delivery.models import Attainment, EventLog
from satisfaction.models import SurveyFigure, SurveyItem
from satisfaction.operations import questionnaires as survey_operations
from satisfaction.operations.touchpoints import place_items
from satisfaction.queries import questionnaires as survey_queries
from standards.models import Journey, Requirement, Service, Stage, Standard, Touchpoint, TouchpointStandard
from standards.operations import journeys as operations
from standards.operations import touchpoints as hanging
from standards.operations import versions as version_operations
from standards.queries import journeys as queries
from standards.queries import touchpoints as touchpoint_queries
from standards.reports.journeys import map_of
from standards.rules.journeys import MOST_STAGES, MOST_TOUCHPOINTS, Channel, Word, disagreement
from tests.improvement.test_speed import counted
from tests.page import Page
from tests.people import People
from tests.satisfaction.builders import make_questionnaire, make_wave
from tests.standards.test_versions import in_force


def journey(people: People, **more: Any) -> Journey:
    values = {"name_en": "A lamp is out", "name_zh": "路灯不亮", "customers_en": "Residents"} | more
    return operations.write_journey(unit=people.north, actor=people.owner, **values)


def staged(people: People, *names: str) -> list[Stage]:
    found = journey(people)
    return [operations.add_stage(found, name_en=name, actor=people.owner) for name in names or ("Report",)]


def touchpoint(people: People, stage: Stage, name: str = "Call us", **more: Any) -> Touchpoint:
    return hanging.add_touchpoint(stage, name_en=name, actor=people.owner, **more)


def names(rows: list[Any]) -> list[str]:
    return [row.name_en for row in rows]


# --- the rule ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("promised", "delivered", "felt", "moment", "word"),
    [
        (True, ["short", "kept"], ["short"], False, Word.broken_and_felt),
        (True, ["kept"], ["short", "kept"], False, Word.kept_but_unhappy),
        (True, ["short"], ["kept"], False, Word.broken_but_happy),
        (False, [], ["short"], False, Word.unpromised_and_unhappy),
        (True, ["too_few", ""], ["short"], False, Word.unmeasured_and_unhappy),
        (True, ["on_the_line"], ["short"], False, None),
        (True, ["kept"], ["kept"], True, None),
        (True, ["kept"], ["kept", "on_the_line"], False, None),
        (True, ["short"], [None], False, None),
        (False, [], [], False, None),
        (False, [], [], True, Word.moment_without_promise),
        (True, [], ["kept"], True, Word.moment_not_measured),
        (True, ["kept"], [], True, Word.moment_not_asked),
        (True, ["kept"], [None], True, None),
    ],
)
def test_where_the_three_do_not_agree(
    promised: bool,
    delivered: list[str],
    felt: list[str | None],
    moment: bool,
    word: Word | None,
) -> None:
    assert disagreement(promised=promised, delivered=delivered, felt=felt, moment=moment) is word


def test_each_word_and_channel_has_its_text() -> None:
    assert all(str(word.sentence) and word.tone in {"bad", "edge"} for word in Word)
    assert all(str(channel.label) and channel.icon for channel in Channel)


# --- writing -------------------------------------------------------------------------------------------------


def test_a_journey_is_written_changed_and_remembered(people: People) -> None:
    service = operations.add_service(unit=people.north, name_en="Lamps", name_zh="路灯", actor=people.owner)
    made = journey(people, service=service)
    assert (service.code, made.code) == ("SVC-0001", "JRN-0001")
    operations.change_journey(made, seen=made.row_version, customers_en="Shops", actor=people.owner)
    operations.change_service(service, seen=service.row_version, name_en="Street lamps", actor=people.owner)
    session.commit()
    said = trail.history(made)
    assert [entry.action for entry in said] == ["journey.changed", "journey.written"]
    assert ("Customer group (English)", "Residents", "Shops") in changes(said[0])
    with pytest.raises(EditConflict):
        operations.change_journey(made, seen=1, name_en="Other", actor=people.owner)
    with pytest.raises(EditConflict):
        operations.change_service(service, seen=1, name_en="Other", actor=people.owner)


def test_nothing_is_written_without_a_name(people: People) -> None:
    stage = staged(people)[0]
    spot = touchpoint(people, stage)
    for write in (
        lambda: operations.add_service(unit=people.north, actor=people.owner),
        lambda: operations.write_journey(unit=people.north, actor=people.owner),
        lambda: operations.add_stage(stage.journey, actor=people.owner),
        lambda: operations.change_stage(stage, name_en="", actor=people.owner),
        lambda: hanging.add_touchpoint(stage, actor=people.owner),
        lambda: hanging.change_touchpoint(spot, name_en="", actor=people.owner),
    ):
        with pytest.raises(RuleViolation, match="name") as refused:
            write()
        assert refused.value.field == "name_en"
    with pytest.raises(RuleViolation) as refused:
        hanging.add_touchpoint(stage, name_en="Fax", channel="fax", actor=people.owner)
    assert refused.value.field == "channel"


def test_stages_and_touchpoints_change_places(people: People) -> None:
    first, second, third = staged(people, "Find", "Report", "Wait")
    operations.move_stage(third, up=True, actor=people.owner)
    operations.move_stage(first, up=True, actor=people.owner)  # it is the first already
    assert names(queries.list_stages(first.journey_id)) == ["Find", "Wait", "Report"]
    one, two = touchpoint(people, second, "Call"), touchpoint(people, second, "Write")
    hanging.move_touchpoint(one, up=False, actor=people.owner)
    assert names(queries.list_touchpoints([second.id])[second.id]) == ["Write", "Call"]
    hanging.change_touchpoint(two, stage=third, channel="letter", actor=people.owner)
    assert names(queries.list_touchpoints([third.id])[third.id]) == ["Write"]
    session.commit()
    moved = [entry for entry in trail.history(first.journey) if entry.action == "journey.stage_moved"]
    assert changes(moved[0]) == [("Place", "3", "2"), ("Stage", "", "Wait")]
    strange = staged(people, "Elsewhere")[0]
    with pytest.raises(RuleViolation):
        hanging.change_touchpoint(two, stage=strange, actor=people.owner)


def test_lists_are_bounded(people: People) -> None:
    stage = staged(people)[0]
    session.add_all(
        Stage(journey_id=stage.journey_id, position=number, name_en="S")
        for number in range(2, MOST_STAGES + 1)
    )
    session.add_all(
        Touchpoint(code=f"X{number}", stage_id=stage.id, position=number, name_en="T")
        for number in range(MOST_TOUCHPOINTS)
    )
    session.flush()
    with pytest.raises(RuleViolation, match="20"):
        operations.add_stage(stage.journey, name_en="One more", actor=people.owner)
    with pytest.raises(RuleViolation, match="30"):
        touchpoint(people, stage)


# --- removing ------------------------------------------------------------------------------------------------


def test_what_carries_nothing_goes(people: People) -> None:
    service = operations.add_service(unit=people.north, name_en="Lamps", actor=people.owner)
    stage = staged(people)[0]
    spot = touchpoint(people, stage)
    assert hanging.remove_touchpoint(spot, actor=people.owner)
    assert operations.remove_stage(stage, actor=people.owner)
    assert operations.remove_journey(stage.journey, actor=people.owner)
    assert operations.remove_service(service, actor=people.owner)
    session.commit()
    for model in (Touchpoint, Stage, Journey, Service):
        assert session.scalar(select(func.count()).select_from(model)) == 0


def test_what_carries_something_is_withdrawn_and_comes_back(people: People) -> None:
    standard = in_force(people).standard
    service = operations.add_service(unit=people.north, name_en="Lamps", actor=people.owner)
    made = journey(people, service=service)
    stage, other = (operations.add_stage(made, name_en=name, actor=people.owner) for name in ("A", "B"))
    spot, free = touchpoint(people, stage), touchpoint(people, stage, "Write")
    hanging.hang_standards(spot, [standard], actor=people.owner)
    assert not hanging.remove_touchpoint(spot, actor=people.owner)
    assert names(queries.list_touchpoints([stage.id])[stage.id]) == ["Write"]
    with pytest.raises(RuleViolation, match="already"):
        hanging.remove_touchpoint(spot, actor=people.owner)
    with pytest.raises(RuleViolation, match="withdrawn"):
        hanging.move_touchpoint(spot, up=True, actor=people.owner)
    hanging.restore_touchpoint(spot, actor=people.owner)
    hanging.restore_touchpoint(spot, actor=people.owner)  # nothing more happens
    assert names(queries.list_touchpoints([stage.id])[stage.id]) == ["Write", "Call us"]
    assert not operations.remove_stage(stage, actor=people.owner)
    assert names(queries.list_stages(made.id)) == ["B"]
    with pytest.raises(RuleViolation, match="withdrawn"):
        touchpoint(people, stage)
    operations.restore_stage(stage, actor=people.owner)
    assert names(queries.list_stages(made.id)) == ["B", "A"]
    assert not operations.remove_journey(made, actor=people.owner)
    assert not operations.remove_service(service, actor=people.owner)
    assert touchpoint_queries.touchpoints_of_standard(standard.id, people.owner) == []
    with pytest.raises(RuleViolation, match="not offered"):
        journey(people, service=service)
    operations.restore_service(service, actor=people.owner)
    operations.restore_journey(made, actor=people.owner)
    session.commit()
    actions = {entry.action for entry in (*trail.history(made), *trail.history(service))}
    assert actions <= set(sentences())
    assert {"journey.stage_withdrawn", "journey.touchpoint_restored", "service.withdrawn"} <= actions
    assert free.withdrawn_at is None
    assert other.withdrawn_at is None


def test_a_touchpoint_with_a_question_is_not_deleted(people: People) -> None:
    spot = touchpoint(people, staged(people)[0])
    asked = survey_queries.list_items(survey_queries.get_newest_version(make_questionnaire(people).id).id)
    place_items(spot, [asked[0]], actor=people.owner)
    assert not hanging.remove_touchpoint(spot, actor=people.owner)
    with pytest.raises(RuleViolation, match="withdrawn"):
        place_items(spot, [], actor=people.owner)


# --- who may -------------------------------------------------------------------------------------------------


def test_writing_needs_the_permission_at_the_unit(people: People) -> None:
    stage = staged(people)[0]
    spot = touchpoint(people, stage)
    standard = in_force(people).standard
    for person in (people.south_owner, people.staff, people.auditor):
        for write in (
            lambda: operations.add_service(unit=people.north, name_en="X", actor=person),  # noqa: B023 - called at once
            lambda: journey_by(people, person),  # noqa: B023
            lambda: operations.change_journey(stage.journey, name_en="X", actor=person),  # noqa: B023
            lambda: operations.remove_journey(stage.journey, actor=person),  # noqa: B023
            lambda: operations.add_stage(stage.journey, name_en="X", actor=person),  # noqa: B023
            lambda: operations.move_stage(stage, up=True, actor=person),  # noqa: B023
            lambda: operations.remove_stage(stage, actor=person),  # noqa: B023
            lambda: hanging.add_touchpoint(stage, name_en="X", actor=person),  # noqa: B023
            lambda: hanging.change_touchpoint(spot, name_en="X", actor=person),  # noqa: B023
            lambda: hanging.remove_touchpoint(spot, actor=person),  # noqa: B023
            lambda: hanging.hang_standards(spot, [], actor=person),  # noqa: B023
            lambda: hanging.place_standard(standard, [], actor=person),  # noqa: B023
            lambda: place_items(spot, [], actor=person),  # noqa: B023
        ):
            with pytest.raises(NotPermitted):
                write()


def journey_by(people: People, person: Any) -> Journey:
    return operations.write_journey(unit=people.north, name_en="X", actor=person)


def test_a_visiting_auditor_sees_the_units_of_the_visit_only(people: People) -> None:
    from accounts import operations as accounts
    from accounts import queries as account_queries

    guest = accounts.add_person(
        email="guest@example.org", name="Guest", unit=people.south, password="a long enough word", actor=None
    )
    accounts.grant(guest, Role.visiting_auditor, people.south, actor=None)
    session.commit()
    guest = account_queries.with_holdings(guest)
    spot = touchpoint(people, staged(people)[0])
    for door in (
        lambda: queries.get_journey_for(guest, spot.stage.journey_id),
        lambda: queries.get_stage_for(guest, spot.stage_id),
        lambda: queries.get_touchpoint_for(guest, spot.id),
    ):
        with pytest.raises(NotFound):
            door()
    assert queries.get_touchpoint_for(people.south_owner, spot.id) is spot
    assert queries.find_journeys(guest, "lamp", 5) == []


# --- what hangs on a touchpoint ------------------------------------------------------------------------------


def test_standards_hang_from_either_side(people: People) -> None:
    standard = in_force(people).standard
    stage = staged(people)[0]
    one, two = touchpoint(people, stage), touchpoint(people, stage, "Write")
    hanging.hang_standards(one, [standard], actor=people.owner)
    hanging.place_standard(standard, [two], actor=people.owner)
    session.commit()
    assert [item.id for item in touchpoint_queries.touchpoints_of_standard(standard.id, people.owner)] == [
        two.id
    ]
    assert touchpoint_queries.linked_standards(one.id) == set()
    placed = [entry for entry in trail.history(standard) if entry.action == "standard.placed"]
    assert [changes(entry)[0] for entry in placed] == [
        ("Touchpoint", "", f"{two.code} Write"),
        ("Touchpoint", f"{one.code} Call us", ""),
        ("Touchpoint", "", f"{one.code} Call us"),
    ]
    assert len(touchpoint_queries.trail_of_touchpoint(one)) == 3  # added, hung, taken off
    hidden = session.get_one(Standard, standard.id)
    hidden.withdrawn_at = hidden.created_at
    with pytest.raises(RuleViolation, match="withdrawn"):
        hanging.place_standard(hidden, [one], actor=people.owner)
    with pytest.raises(RuleViolation):
        hanging.hang_standards(one, [hidden], actor=people.owner)


def measured(people: People, standard: Standard, met: int, missed: int) -> None:
    requirement = session.scalars(select(Requirement).where(Requirement.code == "R1")).first()
    assert requirement is not None
    log = EventLog(code="LAMPS", name_en="Lamps", unit_id=people.north.id)
    session.add(log)
    session.flush()
    session.add(
        Attainment(
            standard_id=standard.id, requirement_code="R1", requirement_id=requirement.id, event_log_id=log.id,
            unit_id=people.north.id, whole_tree=True, period_kind="recent", period="2026-11",
            period_from=date(2026, 8, 1), period_until=date(2026, 10, 31), eligible=met + missed, met=met, missed=missed,
            pending=0, target=0.95, verdict="kept", engine_version="1", inputs_hash="0" * 64,
        )
    )  # fmt: skip
    session.flush()


def asked(
    people: People, spot: Touchpoint, *, value: float, low: float, high: float, code: str = "Q1"
) -> SurveyItem:
    """A closed wave with a figure of one question, which is then hung on the touchpoint."""
    questionnaire = make_questionnaire(people)
    wave = make_wave(people, questionnaire, open_it=False)
    wave.state = "closed"
    session.add(
        SurveyFigure(
            wave_id=wave.id, item_code=code, measure="mean", n=80, value=value, low=low, high=high, method="t"
        )
    )
    version = survey_queries.get_newest_version(questionnaire.id)
    version.frozen_at = (
        version.created_at
    )  # hanging is possible although nothing else may be changed any more
    item = next(each for each in survey_queries.list_items(version.id) if each.code == code)
    place_items(spot, [item], actor=people.owner)
    session.commit()
    return item


def test_the_map_shows_promised_delivered_and_felt(people: People, page: Page) -> None:
    standard = in_force(people).standard
    spot = touchpoint(people, staged(people)[0], channel="phone", moment_of_truth=True)
    hanging.hang_standards(spot, [standard], actor=people.owner)
    measured(people, standard, met=60, missed=40)
    item = asked(people, spot, value=2.1, low=1.9, high=2.3)
    found = map_of(spot.stage.journey, people.owner).spots[0]
    assert found.lines[0].verdict == "short"
    assert (found.felt[0].value, found.felt[0].verdict) == ("2.10 of 5", "short")
    assert found.word is Word.broken_and_felt
    text = page.as_(people.owner).get(f"/journeys/{spot.stage.journey_id}")
    for piece in (
        "60.0%",
        "n = 100",
        "2.10 of 5",
        "n = 80",
        "Moment of truth",
        "target ≥\N{NO-BREAK SPACE}95%",
        "customers feel it",
    ):
        assert piece in text, piece
    text = page.get(f"/journeys/touchpoints/{spot.id}")
    assert "60.0%" in text
    assert item.version.questionnaire.title in text
    text = page.get(f"/standards/{standard.id}")
    assert f"/journeys/touchpoints/{spot.id}" in text
    draft = version_operations.draft_version(standard, actor=people.owner)
    session.commit()
    text = page.get(f"/standards/versions/{draft.id}")
    assert f"/journeys/touchpoints/{spot.id}" in text
    assert f"/journeys/of-standard/{standard.id}" in text
    assert "customers feel it" in page.get(f"/journeys/{spot.stage.journey_id}/table")


def test_a_new_version_of_the_questionnaire_takes_the_place_with_it(people: People) -> None:
    spot = touchpoint(people, staged(people)[0])
    item = asked(people, spot, value=4.6, low=4.4, high=4.8)
    questionnaire = item.version.questionnaire
    version = survey_operations.draft_version(questionnaire, actor=people.owner)
    copied = next(each for each in survey_queries.list_items(version.id) if each.code == "Q1")
    assert copied.touchpoint_id == spot.id
    found = map_of(spot.stage.journey, people.owner).spots[0]
    assert [each.verdict for each in found.felt] == [
        "kept"
    ]  # the wave of the version before, without a target
    place_items(spot, [], actor=people.owner)
    assert map_of(spot.stage.journey, people.owner).spots[0].felt == ()


def test_importance_is_no_feeling(people: People) -> None:
    spot = touchpoint(people, staged(people)[0])
    with pytest.raises(RuleViolation):
        asked(people, spot, value=4.6, low=4.4, high=4.8, code="I1")


# --- pages ---------------------------------------------------------------------------------------------------


def send(page: Page, url: str, *, status: int = 302, **data: Any) -> str:
    return page.post(url, data, status=status).text


def test_a_journey_is_written_by_the_pages(people: People, page: Page) -> None:
    page.as_(people.owner)
    assert "No customer journeys yet" in page.get("/journeys")
    assert "No services yet" in page.get("/services")
    send(page, "/services/new", name_en="Lamps", name_zh="路灯", unit_id=people.north.id)
    service = session.scalars(select(Service)).one()
    send(page, "/journeys/new", name_en="Lamp", unit_id=people.north.id, service_id=service.id)
    made = session.scalars(select(Journey)).one()
    assert made.service_id == service.id
    assert "No stages yet" in page.get(f"/journeys/{made.id}")
    send(page, f"/journeys/{made.id}/stages", name_en="Report", name_zh="报修")
    send(page, f"/journeys/{made.id}/stages", name_en="Wait")
    report, wait = queries.list_stages(made.id)
    send(page, f"/journeys/stages/{wait.id}/move", to="up")
    assert names(queries.list_stages(made.id)) == ["Wait", "Report"]
    send(page, f"/journeys/stages/{report.id}", name_en="Tell", row_version=report.row_version)
    assert session.get_one(Stage, report.id).name_en == "Tell"
    send(
        page,
        f"/journeys/stages/{report.id}/touchpoints/new",
        name_en="Call",
        channel="phone",
        moment_of_truth="y",
    )
    send(page, f"/journeys/stages/{report.id}/touchpoints/new", name_en="Write", channel="letter")
    call, write = queries.list_touchpoints([report.id])[report.id]
    assert call.moment_of_truth
    send(page, f"/journeys/touchpoints/{write.id}/move", to="up")
    text = page.get(f"/journeys/{made.id}/stages")
    assert text.index("Write</a>") < text.index("Call</a>")
    send(page,
        f"/journeys/touchpoints/{write.id}/edit", name_en="Write to us", channel="message", stage_id=wait.id,
        row_version=write.row_version,
    )  # fmt: skip
    assert session.get_one(Touchpoint, write.id).stage_id == wait.id
    standard = in_force(people).standard
    send(page, f"/journeys/touchpoints/{call.id}/standards", chosen=standard.id)
    assert touchpoint_queries.linked_standards(call.id) == {standard.id}
    send(page, f"/journeys/of-standard/{standard.id}", chosen=write.id)
    assert touchpoint_queries.linked_touchpoints(standard.id) == {write.id}
    send(page, f"/journeys/touchpoints/{write.id}/remove")
    assert "Bring back" in page.get(f"/journeys/{made.id}/stages")
    send(page, f"/journeys/touchpoints/{write.id}/restore")
    assert session.get_one(Touchpoint, write.id).withdrawn_at is None
    send(page, f"/journeys/{made.id}/remove")
    assert "No customer journeys yet" in page.get("/journeys")
    assert "Withdrawn" in page.get("/journeys?state=withdrawn")
    send(page, f"/journeys/{made.id}/restore")
    assert "Journey written" in page.get(f"/journeys/{made.id}/history")
    assert "Call" in page.get("/search?q=call")
    assert made.code in page.get(f"/services/{service.id}")
    for address in (
        f"/journeys/{made.id}/edit",
        f"/services/{service.id}/edit",
        "/services/new",
        "/journeys/new",
        f"/journeys/stages/{report.id}",
        f"/journeys/stages/{report.id}/touchpoints/new",
        f"/journeys/touchpoints/{call.id}/edit",
        f"/journeys/touchpoints/{call.id}/standards",
        f"/journeys/of-standard/{standard.id}",
        f"/surveys/touchpoints/{call.id}",
    ):
        page.get(address)


def test_wrong_entries_come_back_with_what_is_missing(people: People, page: Page) -> None:
    stage = staged(people)[0]
    session.commit()
    page.as_(people.owner)
    for address in ("/services/new", "/journeys/new", f"/journeys/{stage.journey_id}/stages"):
        text = send(page, address, status=422, name_en="", unit_id=people.north.id)
        assert "Give a name in at least one language." in text
    text = send(page, f"/journeys/stages/{stage.id}/touchpoints/new", status=422, name_en="X", channel="fax")
    assert 'id="channel-error"' in text


def test_the_journey_goes_out_as_a_workbook(people: People, page: Page, tmp_path: Path) -> None:
    from core.documents.reading import read_table

    standard = in_force(people).standard
    spot = touchpoint(people, staged(people)[0], moment_of_truth=True)
    hanging.hang_standards(spot, [standard], actor=people.owner)
    measured(people, standard, met=98, missed=2)
    session.commit()
    page.as_(people.owner)
    answer = page.client.get(f"/journeys/{spot.stage.journey_id}/table?export=xlsx")
    assert answer.status_code == 200
    (tmp_path / "journey.xlsx").write_bytes(answer.data)
    _line, row = next(read_table(tmp_path / "journey.xlsx"))
    assert row["Touchpoint"] == "Call us"
    assert float(row["What is delivered"]) == pytest.approx(0.98)
    assert row["Moment of truth"] == "yes"
    for asked_for in ("page=2", "sort=-code", "q=lamp", "moment=yes", "channel=phone&q=5%25"):
        page.get(f"/journeys/{spot.stage.journey_id}/table?{asked_for}")
        page.get(f"/journeys?{asked_for}")
        page.get(f"/services?{asked_for}")
    answer = page.client.get("/journeys?export=csv")
    assert "A lamp is out" in answer.text


def test_more_touchpoints_cost_no_more_statements(people: People, page: Page) -> None:
    standard = in_force(people).standard
    stage = staged(people)[0]
    page.as_(people.owner)

    def cost(number: int) -> list[int]:
        have = len(queries.list_touchpoints([stage.id]).get(stage.id, []))
        for each in range(have, number):
            spot = touchpoint(people, stage, f"Spot {each}")
            session.add(TouchpointStandard(touchpoint_id=spot.id, standard_id=standard.id))
        session.commit()
        made = []
        for address in ("", "/table", "/stages"):
            page.get(f"/journeys/{stage.journey_id}{address}")
            with counted() as statements:
                page.get(f"/journeys/{stage.journey_id}{address}")
            made.append(len(statements))
        return made

    few, many = cost(3), cost(30)
    assert few == many
    assert max(many) <= 16, many
