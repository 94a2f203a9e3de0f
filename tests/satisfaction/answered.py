"""Waves with answers that came as files."""

from typing import Any

from satisfaction.models import Wave
from satisfaction.rules.imports import Mapping, Use
from tests.people import People
from tests.satisfaction.builders import import_file, make_questionnaire, make_wave, work

LINES = "Q1 | scale | Clean? | 整洁吗？\nQ2 | csat | Satisfied? | 满意吗？\nI1 | importance | Important?"


def answered(people: People, rows: list[tuple[int, int, str]], **values: Any) -> Wave:
    """A wave with imported answers (Q1, Q2, branch)."""
    wave = make_wave(people, make_questionnaire(people, LINES), open_it=False, **values)
    fill(people, wave, rows)
    return wave


def fill(people: People, wave: Wave, rows: list[tuple[int, int, str]], name: str = "a.csv") -> None:
    text = "Q1,Q2,branch\n" + "\n".join(f"{q1},{q2},{branch}" for q1, q2, branch in rows)
    uses = {"Q1": Use("item", "Q1"), "Q2": Use("item", "Q2"), "branch": Use("group")}
    import_file(people, wave, text.encode(), Mapping(uses), name)
    work("satisfaction.import")
    work("satisfaction.analyse")
