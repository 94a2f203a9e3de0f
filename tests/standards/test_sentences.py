"""Sentences of requirements in both languages: pure."""

import pytest

from standards.rules.sentences import Said, limit_words, parts, plain, sentence

N = "\u00a0"


@pytest.mark.parametrize(
    ("limit", "en", "zh"),
    [
        (
            "5 working days",
            f"Repair within **5{N}working days** of receipt.",
            f"收到后 **5{N}个工作日**内修复。",
        ),
        ("1 day", f"Repair within **1{N}day** of receipt.", f"收到后 **1{N}个自然日**内修复。"),
        ("2 hours", f"Repair within **2{N}hours** of receipt.", f"收到后 **2{N}小时**内修复。"),
        (
            "1 working hour",
            f"Repair within **1{N}working hour** of receipt.",
            f"收到后 **1{N}小时（工作时间）**内修复。",
        ),
        ("same day", "Repair on **the same day** as receipt.", "收到后**当日**修复。"),
        ("by promised", "Repair **by “promised”**.", "**在“promised”之前**修复。"),
        ("0.333334 minutes", f"Repair within **20{N}seconds** of receipt.", f"收到后 **20{N}秒**内修复。"),
    ],
)
def test_a_limit_becomes_a_sentence(limit: str, en: str, zh: str) -> None:
    said = Said("timing", "received", "repaired", limit)
    assert sentence(said, "en") == en
    assert sentence(said, "zh") == zh


def test_unknown_milestones_and_cases_are_named() -> None:
    said = Said("timing", "geöffnet", "x9", "3 days", {"priority": ["urgent", "high"]})
    assert (
        sentence(said, "en")
        == f"Reach “x9” within **3{N}days** of “geöffnet”, where priority is urgent or high."
    )
    assert (
        sentence(said, "zh") == f"priority 为“urgent”或“high”的，自“geöffnet”起 **3{N}个自然日**内到达“x9”。"
    )


def test_a_timing_without_limit_says_nothing() -> None:
    assert sentence(Said("timing", "received", "repaired", ""), "en") == ""
    assert sentence(Said("timing", "received", "repaired", "soon"), "zh") == ""


def test_staffing_says_who_when_and_how_many() -> None:
    rule = {
        "count": "least",
        "post_en": "crews",
        "post_zh": "班组",
        "least": 2,
        "from": "08:00",
        "until": "20:00",
    }
    assert (
        sentence(Said("staffing", rule=rule), "en") == f"At least **2{N}crews on duty**, daily 08:00–20:00."
    )
    assert sentence(Said("staffing", rule=rule), "zh") == f"每日 08:00–20:00 至少{N}**2{N}名班组在岗**。"
    rule |= {"weekdays": [0, 1, 2, 3, 4]}
    assert "Monday to Friday 08:00–20:00" in sentence(Said("staffing", rule=rule), "en")
    assert sentence(Said("staffing", rule=rule), "zh").startswith("周一至周五 08:00–20:00")
    every = {"count": "every", "post_en": "crew lead", "competence_en": "a permit", "post_zh": "班组长"}
    assert sentence(Said("staffing", rule=every), "en") == "Every crew lead **holds a permit**."
    assert sentence(Said("staffing", rule=every), "zh") == "每名班组长**持有a permit**。"
    ratio = {"count": "ratio", "post_en": "clerk", "per": 40, "per_en": "visitors an hour"}
    assert "one clerk for every 40" in sentence(Said("staffing", rule=ratio), "en")


def test_content_joins_its_points() -> None:
    rule = {"points": [{"en": "Say the date.", "zh": "告知日期"}, {"en": "Send a photo", "zh": ""}]}
    assert sentence(Said("content", rule=rule), "en") == "**Say the date; Send a photo**."
    assert sentence(Said("content", rule=rule), "zh") == "**告知日期；Send a photo**。"


def test_marks_are_split_and_taken_off() -> None:
    assert parts("a **b** c") == [(False, "a "), (True, "b"), (False, " c")]
    assert parts("**b**") == [(True, "b")]
    assert plain("a **b**") == "a b"
    assert limit_words("soon", "en") == "soon"
