"""The trail in plain words: codes by their labels, figures and moments as people write them."""

import json

import pytest
from flask import Flask

from core.history import changes
from core.i18n import force_locale
from core.trail import TrailEntry


@pytest.mark.parametrize(
    ("action", "field", "stored", "english", "chinese"),
    [
        ("finding.accepted", "state", "accepted", "In a ticket", "改进中"),
        ("complaint.registered", "channel", "letter", "Letter", "信函"),
        ("mapping.added", "degree", "partial", "in part", "部分覆盖"),
        ("finding.seen_again", "figures", [[0.29878048780487804, 164]], "0.299, 164", "0.299, 164"),
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


def test_moments_are_told_in_the_readers_time(app: Flask) -> None:
    entry = TrailEntry(
        action="version.effective",
        changes=json.dumps({"effective_from": [None, "2024-10-20T16:00:00+00:00"]}),
    )
    with app.test_request_context(), force_locale("en"):
        told = changes(entry)[0][2]
    assert "T16" not in told
    assert "2024" in told
