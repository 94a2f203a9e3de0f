"""Rows that people type, paste or upload into a calculator, as they write them."""

from pathlib import Path

import pytest
from werkzeug.datastructures import MultiDict

from core.errors import RuleViolation
from satisfaction.analyses.entered.sheets import Sheet, number, taken, typed
from satisfaction.analyses.entered.weighing import FuzzyForm, HierarchyForm
from satisfaction.methods.refusal import Refusal


def test_cells_are_read_as_people_write_them() -> None:
    read = {text_: number(text_, 1, "x") for text_ in ("1,5", "12 %", "1/3", " 2 000 ", "\u22123", "")}
    assert read == {
        "1,5": 1.5,
        "12 %": 0.12,
        "1/3": pytest.approx(1 / 3),
        " 2 000 ": 2000,
        "\u22123": -3,
        "": None,
    }
    for wrong in ("x", "1/0", "nan", "inf", "1_0", "1e300", "1,2,3"):
        with pytest.raises(Refusal, match="is not a number"):
            number(wrong, 4, "Weight")


def test_blank_rows_and_nameless_columns_are_left_out() -> None:
    sent = MultiDict(
        [("h", "good"), ("h", ""), ("c0", "Speed"), ("c0", ""), ("c1", "1"), ("c2", "3"), ("c3", "")]
    )
    found = typed(sent, FuzzyForm.FIXED, ["a"])
    assert found == Sheet(["factor", "weight", "good"], [["Speed", "1", "3"]])
    for broken in ("{", "[]", '{"header": ["a"], "rows": [["1", "2"]]}', '{"header": 3, "rows": 4}'):
        with pytest.raises(RuleViolation):
            typed(MultiDict([("kept", broken)]), FuzzyForm.FIXED, ["a"])


def test_a_file_names_columns_in_either_language_or_stands_in_order(tmp_path: Path) -> None:
    class Upload:
        filename = "x.csv"

        def __init__(self, data: str) -> None:
            self.data = data

        def save(self, path: Path) -> None:
            path.write_text(self.data)

    assert taken(Upload("权重,指标\n0.5,Speed\n"), HierarchyForm.FIXED, ()).rows == [["Speed", "", "0.5", ""]]
    assert taken(Upload("x,y,z\nSpeed,,1\n"), HierarchyForm.FIXED, ()).rows == [["Speed", "", "1", ""]]


# --- who, and for good -------------------------------------------------------------------------------------------
