"""Answers and results as the tests of the engine need them."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from satisfaction.methods.answers import Answers
from satisfaction.methods.door import run
from satisfaction.methods.reading import read_answers


def near(value: Any, rel: float = 1e-7, abs: float = 1e-9) -> Any:  # noqa: A002 - as pytest.approx calls it
    """What equals the figure or figures but for rounding; None is None."""
    return None if value is None else pytest.approx(value, rel=rel, abs=abs)


def analysed(method: str, columns: Mapping[str, Any] | None, spec: Mapping[str, Any], **options: Any) -> Any:
    """The result of a method on plain columns, by the door and as JSON would bring it."""
    data = None if columns is None else Answers.of(columns)
    return json.loads(json.dumps(run(method, data, spec, options), allow_nan=False))


@cache
def mobi(shared: Path) -> Answers:
    """250 customers of mobile phones on 24 items from 1 to 10."""
    return read_answers(shared / "methods" / "mobi.csv")


@cache
def _cases(shared: Path) -> dict[str, Any]:
    read = json.loads((shared / "methods" / "reference.json").read_text("utf-8"))
    return {each["id"]: each for each in read["cases"]}


def case(shared: Path, name: str) -> Any:
    return _cases(shared)[name]
