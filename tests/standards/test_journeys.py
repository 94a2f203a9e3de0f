"""Services, journeys, stages, touchpoints: the rule of promised, delivered and felt; writing, removing, who may."""

from typing import Any

import pytest
from sqlalchemy import func, select

from accounts.rules import Role
from core import trail
from core.db import session
from core.errors import EditConflict, NotFound, NotPermitted, RuleViolation
from core.history import changes, sentences
from satisfaction.operations.touchpoints import place_items
from satisfaction.queries import questionnaires as survey_queries
from standards.models import Journey, Service, Stage, Touchpoint
from standards.operations import journeys as operations
from standards.operations import touchpoints as hanging
from standards.queries import journeys as queries
from standards.queries import touchpoints as touchpoint_queries
from standards.rules.journeys import MOST_STAGES, MOST_TOUCHPOINTS, Channel, Word, disagreement
from tests.people import People
from tests.satisfaction.builders import make_questionnaire
from tests.standards.journeys import journey, names, staged, touchpoint
from tests.standards.test_versions import in_force


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
