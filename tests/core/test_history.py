"""The trail in plain words: codes by their labels, figures and moments as people write them."""

import json

import pytest
from flask import Flask

from core.history import changes, working_lines
from core.i18n import force_locale
from core.trail import TrailEntry
from tests.people import People


@pytest.mark.parametrize(
    ("action", "field", "stored", "english", "chinese"),
    [
        ("finding.accepted", "state", "accepted", "In a ticket", "改进中"),
        ("complaint.registered", "channel", "letter", "Letter", "信函"),
        ("mapping.added", "degree", "partial", "in part", "部分覆盖"),
        ("finding.seen_again", "figures", [[0.29878048780487804, 164]], "0.299, 164", "0.299, 164"),
        ("record.signed", "meaning", "approval", "Approved", "已批准"),
        ("measure.registered", "kind", "described", "Check in words", "文字检查"),
        ("action.done", "state", "cannot", "can’t be done", "无法实施"),
        ("action.added", "due", "2026-11-09", "9\xa0Nov\xa02026", "2026-11-09"),
        ("pack.ordered", "language", "zh", "Chinese", "中文"),
        ("customer.erased", "erased", ["name", "email"], "Name, E-mail", "姓名, 邮箱"),
        ("requirement.changed", "limit", "3 working days", "3\xa0working days", "3\xa0个工作日"),
        ("course.settings_changed", "pass_mark", 0.8, "80%", "80%"),
        (
            "calendar.changed",
            "definition",
            {"week": {"mon": ["09:00-17:00"]}},
            "Mon 09:00–17:00",
            "周一 09:00–17:00",
        ),
        ("act.written", "rollout", [{"unit": "East", "note": "too"}], "East: too", "East: too"),
        ("unit.changed", "name", "Hall", "Hall", "Hall"),
        ("preferences.changed", "mails", "none", "None: I look here", "不发送，我在系统内查看"),
        (
            "complaint_setting.changed",
            "clocks",
            {"acknowledged": {"code": "R1", "from": "received"}},
            "Acknowledged: R1, from “Received”",
            "已告知受理：R1，自“已受理”起",
        ),
        ("finding.accepted", "state", "a code of long ago", "a code of long ago", "a code of long ago"),
    ],
)
def test_values_are_told_in_words(
    app: Flask, action: str, field: str, stored: object, english: str, chinese: str
) -> None:
    entry = TrailEntry(action=action, changes=json.dumps({field: [None, stored]}))
    with app.test_request_context():
        for language, said in (("en", english), ("zh", chinese)):
            with force_locale(language):
                assert [after for _name, _before, after in changes(entry)] == [said]


def test_what_says_nothing_to_a_reader_is_left_out(app: Flask) -> None:
    entry = TrailEntry(
        action="measure.registered",
        changes=json.dumps({"metric_ref": [None, "attainment:1:R2:unit=8"], "target": [None, 0.8]}),
    )
    with app.test_request_context(), force_locale("en"):
        assert changes(entry) == [("Target", "", "80.0%")]


def test_workings_of_figures_know_nothing_of_the_words_of_one_action(app: Flask) -> None:
    """A score of a quiz is a share, that of an indicator is not; a population is a number or a filter."""
    with app.test_request_context(), force_locale("en"):
        told = [
            text
            for _name, text in working_lines(
                {"score": 78.5, "population": 369, "limit": "5 days", "target": 78.0}
            )
        ]
    assert told == ["78.500", "369", "within 5 days", "78"]


def test_a_record_is_told_by_its_name(app: Flask, people: People) -> None:
    gone = 987654
    entry = TrailEntry(
        action="indicator_system.changed",
        changes=json.dumps(
            {"owner_id": [people.owner.id, people.staff.id], "unit_id": [people.north.id, gone]}
        ),
    )
    with app.test_request_context(), force_locale("en"):
        assert changes(entry) == [
            ("Owner", "Olga Owner", "Stan Staff"),
            ("Unit", "North division", "a closed unit"),
        ]


def test_moments_are_told_in_the_readers_time(app: Flask) -> None:
    entry = TrailEntry(
        action="version.effective",
        changes=json.dumps({"effective_from": [None, "2024-10-20T16:00:00+00:00"]}),
    )
    with app.test_request_context(), force_locale("en"):
        told = changes(entry)[0][2]
    assert "T16" not in told
    assert "2024" in told
