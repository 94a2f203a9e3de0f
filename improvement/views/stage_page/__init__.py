"""The stage page of a ticket: what it shows, and the words its templates use."""

from datetime import date
from typing import Any

from flask import g

from core import access
from core.figures import Verdict as FigureVerdict
from core.i18n import format_date, pick
from improvement import links, measures
from improvement.models import SuccessMeasure
from improvement.permissions import SEE
from improvement.rules.effect import Verdict
from improvement.views.stage_page.building import build
from improvement.views.stage_page.sentences import (
    act_sentence,
    check_sentence,
    do_sentence,
    milestone,
    now_sentence,
    plan_sentence,
)
from improvement.views.stage_page.strip import LETTERS, now_cells, past_cells, span
from improvement.views.verdicts import change_text, remainder, rule_sentence, verdict_sentence

__all__ = ["LETTERS", "build", "template_words"]

VERDICT_CSS = {"effective": "good", "not_effective": "bad", "not_enough_data": "few"}
FIGURE_VERDICT: dict[str, FigureVerdict] = {
    "effective": "kept",
    "not_effective": "short",
    "not_enough_data": "too_few",
}


def provider_label(measure: SuccessMeasure) -> str:
    option = None
    provider = measures.provider_for(measure.metric_ref)
    if provider is not None:
        option = provider.describe(measure.metric_ref)
    return option.label if option else pick(measure.metric_label_en, measure.metric_label_zh)


def template_words() -> dict[str, Any]:
    return {
        "past_cells": past_cells,
        "now_cells": now_cells,
        "verdict_sentence": verdict_sentence,
        "rule_sentence": rule_sentence,
        "remainder": remainder,
        "change_text": change_text,
        "plan_sentence": plan_sentence,
        "do_sentence": do_sentence,
        "check_sentence": check_sentence,
        "act_sentence": act_sentence,
        "milestone": milestone,
        "now_sentence": now_sentence,
        "measure_label": provider_label,
        "verdict_label": lambda value: Verdict(value).label,
        "verdict_css": lambda value: VERDICT_CSS[value],
        "figure_verdict": lambda value: FIGURE_VERDICT[value],
        "span": span,
        "iso_date": lambda value: format_date(date.fromisoformat(value)),
        "standard_url": links.standard_url,
        "sees": lambda unit: access.may(
            g.person, SEE, unit.path
        ),  # who only acts in a ticket sees no other page
        "may_read": lambda one: one.raised_by_id == g.person.id or access.may(g.person, SEE, one.unit.path),
    }
