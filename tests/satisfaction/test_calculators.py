"""Calculators: figures that somebody enters become a kept result with picture, tables and files; what does not suffice
is said at the form and nothing is kept."""

import io
import json
import re
from typing import Any

import openpyxl
import pytest
from flask import g
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from core.db import session
from core.errors import NotPermitted, RuleViolation
from improvement.models import Finding
from satisfaction.analyses.entered import CALCULATORS, run_entered
from satisfaction.models import Analysis
from satisfaction.operations import analyses
from satisfaction.rules.analyses import OF_FIGURES, Method
from tests.page import Page
from tests.people import People
from tests.satisfaction.builders import work


def columns(*names: str, rows: list[tuple[Any, ...]], free: tuple[str, ...] = ()) -> dict[str, Any]:
    """Rows as the boxes of a page send them; `free` are the names of columns that may be called otherwise."""
    wide = len(names) + len(free)
    made: dict[str, Any] = {
        f"c{place}": [str(row[place]) if place < len(row) else "" for row in rows] for place in range(wide)
    }
    return made | ({"h": list(free)} if free else {})


#: method → what is sent, and what the page of the result says
SENT: dict[Method, tuple[dict[str, Any], str]] = {
    Method.ahp: (
        {"names": "Speed\nCourtesy\nPrice", "judges": "", "p0-0-1": "3", "p0-0-2": "5", "p0-1-2": "2"},
        "Speed counts most, with 64.8%",
    ),
    Method.hierarchy: (
        {"coverage": "60", **columns("indicator", "parent", "weight", "score", rows=[("Process", "", 0.6, ""), ("Outcome", "", 0.4, 80), ("Waiting", "Process", 1, 60), ("Tone", "Process", 1, 90)])},
        "The whole comes to 77.0",
    ),
    Method.fuzzy: (
        {"kind": "counts", "operator": "weighted_average", "grade_values": "100, 50, 0", **columns("factor", "weight", rows=[("Speed", 0.6, 5, 3, 2), ("Tone", 0.4, 8, 1, 1)], free=("good", "fair", "bad"))},
        "The score over all grades is 73.0",
    ),
    Method.sample: (
        {"kind": "proportion", "error": "5", "confidence": "0.95", "response_rate": "25", "allocation": "proportional", **columns("name", "size", "sd", "cost", "rate", rows=[("North", 300), ("South", 200)])},
        "218 answers are needed",
    ),
    Method.power: ({"kind": "proportions", "p1": "60", "p2": "70", "alpha": "0.05", "wanted": "0.8"}, "It takes 356 cases"),
    Method.estimate: (
        {"variable": "score", "strata": "place", "population": "", "weight": "w", "confidence": "0.95", **columns(rows=[(4, 10, "n"), (5, 10, "n"), (3, 20, "s"), (2, 20, "s"), (4, 20, "s")], free=("score", "w", "place"))},
        "score: 3.38 in the population",
    ),
    Method.agreement: (
        {"level": "nominal", "seed": "3", **columns("unit", rows=[("A", "yes", "yes"), ("B", "no", "no"), ("C", "yes", "no"), ("D", "no", "no")], free=("Li", "Wang"))},
        "Of all pairs of ratings of the same thing 75.0% are equal",
    ),
    Method.effect: (
        {"what": "Repaired in time", "kind": "proportions", "x1": "48", "n1": "80", "x2": "56", "n2": "70", "direction": "up"},
        "Repaired in time: a real change for the better",
    ),
    Method.chart: (
        {"what": "Complaints a week", "kind": "c", "rules": "", **columns("label", "value", "size", rows=[(f"W{week}", count) for week, count in enumerate([4, 6, 3, 5, 4, 5, 6, 3, 4, 17, 5], 1)])},
        "Signals at W10",
    ),
}  # fmt: skip


def send(
    page: Page, people: People, method: Method, changes: dict[str, Any] | None = None, *, status: int = 302
) -> Any:
    sent = SENT[method][0] | {"unit_id": str(people.north.id)} | (changes or {})
    return page.post(f"/surveys/calculators/{method}", sent, status=status)


@pytest.mark.parametrize("method", OF_FIGURES)
def test_each_calculator_keeps_a_result_that_says_what_the_engine_found(
    page: Page, people: People, method: Method
) -> None:
    page.as_(people.manager)
    page.get(f"/surveys/calculators/{method}")
    send(page, people, method)
    made = session.scalars(select(Analysis)).one()
    assert (made.state, made.wave_id, made.unit_id, made.method) == ("done", None, people.north.id, method)
    assert len(made.inputs_sha256) == 64
    assert made.engine_version
    assert SENT[method][1] in page.get(f"/surveys/analyses/{made.id}?lang=en")
    chinese = page.get(f"/surveys/analyses/{made.id}?lang=zh")
    assert made.inputs_sha256 in chinese
    said = re.findall(r"<dd[^>]*>([^<]+)</dd>", chinese)
    assert not [each for each in said if re.fullmatch(r"[a-z][a-z ,;'-]{12,}", each)], "English in Chinese"
    page.get(f"/surveys/calculators/{method}?again={made.id}")
    assert page.client.get(f"/surveys/analyses/{made.id}/tables.xlsx").data.startswith(b"PK")
    listed = page.get("/surveys/analyses?lang=en")
    assert made.code in listed
    assert "entered figures" in listed


def test_what_is_sent_again_is_the_same_and_a_seed_is_kept(page: Page, people: People) -> None:
    page.as_(people.manager)
    for _twice in range(2):
        send(page, people, Method.agreement)
    first, second = session.scalars(select(Analysis).order_by(Analysis.id)).all()
    assert second.same_as_id == first.id
    assert first.seed == 3
    assert first.result == second.result
    send(page, people, Method.agreement, {"seed": "4"})
    other = session.scalars(select(Analysis).order_by(Analysis.id.desc())).first()
    assert other is not None
    assert other.same_as_id is None


def test_pictures_and_the_report_are_drawn(page: Page, people: People) -> None:
    page.as_(people.manager)
    for method, head in ((Method.power, b"<svg"), (Method.hierarchy, b"<svg")):
        send(page, people, method)
        made = session.scalars(select(Analysis).order_by(Analysis.id.desc()).limit(1)).one()
        drawn = page.client.get(f"/surveys/analyses/{made.id}/picture.svg").data
        assert drawn.startswith(head)
        assert b"var(" not in drawn
    address = f"/surveys/analyses/{made.id}/report"
    page.post(address)
    g.pop("person")  # the worker is nobody
    work(analyses.PRINT_JOB)
    assert page.client.get(f"{address}.pdf").data.startswith(b"%PDF")


def test_a_finding_rests_on_entered_figures(page: Page, people: People) -> None:
    page.as_(people.manager)
    send(page, people, Method.effect)
    made = session.scalars(select(Analysis)).one()
    page.post(
        f"/surveys/analyses/{made.id}/finding",
        {"statement_en": "Repairs are faster", "grade": "strength", "figure": ["0"]},
    )
    found = session.scalars(select(Finding).where(Finding.origin_ref == f"analysis:{made.id}")).one()
    assert found.unit_id == people.north.id
    assert found.figures[0]["value"] == pytest.approx(0.2)
    send(page, people, Method.power)
    planned = session.scalars(select(Analysis).order_by(Analysis.id.desc())).first()
    assert planned is not None
    assert "Raise a finding" not in page.get(f"/surveys/analyses/{planned.id}?lang=en"), (
        "a plan is no finding"
    )


# --- refused at the form --------------------------------------------------------------------------------------

HOSTILE: list[tuple[Method, dict[str, Any], str]] = [
    (Method.ahp, {"names": "one"}, "two to fifteen"),
    (Method.ahp, {"names": "\n".join(map(str, range(40)))}, "two to fifteen"),
    (Method.ahp, {"p0-0-2": "-3"}, "1 pair is not compared yet"),
    (Method.ahp, {"p0-0-2": "1/0"}, "1 pair is not compared yet"),
    (Method.hierarchy, {"c3": ["", "eighty", "60", "90"]}, "Row 2, column “Score”: “eighty” is not a number"),
    (Method.hierarchy, {"c1": ["", "", "Nothing", "Process"]}, "which is no indicator"),
    (Method.hierarchy, {"c1": ["Tone", "", "Process", "Process"]}, "part of itself"),
    (Method.hierarchy, {"c0": ["Process", "Process", "Waiting", "Tone"]}, "stands there twice"),
    (Method.hierarchy, {"coverage": "130"}, "up to 100"),
    (Method.fuzzy, {"grade_values": "100, 50"}, "2 values for 3 grades"),
    (Method.fuzzy, {"c2": ["-5", "8"]}, "negative|0 or more|at least 0|below 0"),
    (Method.fuzzy, {"h": ["good", "good", "bad"]}, "a name of its own"),
    (Method.fuzzy, {f"c{place}": [] for place in range(5)}, "Enter some rows"),
    (Method.sample, {"error": "0"}, "above 0"),
    (Method.sample, {"c1": ["many", "200"]}, "Row 1, column “Number of people”"),
    (Method.sample, {"icc": "0.05"}, "above 0"),
    (Method.power, {"p2": "60"}, "no change to see"),
    (Method.power, {"n": "1"}, "from 2 on"),
    (Method.estimate, {"variable": "nope"}, "Choose one of the columns"),
    (Method.estimate, {"c0": ["x", "5", "3", "2", "4"]}, "“x” is not a number"),
    (Method.estimate, {"post": "place", "totals": "n = 50"}, "no known total"),
    (Method.agreement, {"c2": ["", "", "", ""]}, "two raters"),
    (Method.effect, {"x1": "90"}, "from 0 to 80"),
    (Method.effect, {"kind": "paired", "c0": ["1"], "c1": [""]}, "at least|needed"),
    (Method.chart, {"kind": "p"}, "column “Of how many” is empty"),
    (Method.chart, {"baseline": "99"}, "from 2 to 11"),
    (Method.chart, {"kind": "<script>"}, "Not a valid choice"),
    (Method.power, {"unit_id": "999999"}, "Not a valid choice"),
]  # fmt: skip


def test_what_does_not_suffice_is_said_at_the_form_and_nothing_is_kept(page: Page, people: People) -> None:
    page.as_(people.manager)
    for method, changes, said in HOSTILE:
        answer = send(page, people, method, changes, status=422)
        assert re.search(said, answer.text, re.IGNORECASE), (
            method,
            changes,
            re.findall(r"<li>.*?</li>", answer.text)[:3],
        )
    assert session.scalars(select(Analysis)).all() == []


def test_names_lead_to_their_comparisons_and_several_judges_are_joined(page: Page, people: People) -> None:
    page.as_(people.manager)
    unit = {"unit_id": str(people.north.id)}
    first = page.post(
        "/surveys/calculators/ahp", unit | {"names": "Speed\nTone", "judges": "Li\nWang"}, status=200
    )
    assert 'name="p0-0-1"' in first.text
    assert 'name="p1-0-1"' in first.text
    page.post(
        "/surveys/calculators/ahp",
        unit | {"names": "Speed\nTone", "judges": "Li\nWang", "p0-0-1": "9", "p1-0-1": "1"},
    )
    made = session.scalars(select(Analysis)).one()
    assert made.result["weights"]["Speed"] == pytest.approx(0.75), "the geometric mean of 9 and 1 is 3"


def test_contradicting_judgements_say_which_to_look_at_again(page: Page, people: People) -> None:
    page.as_(people.manager)
    send(page, people, Method.ahp, {"p0-0-1": "9", "p0-0-2": "1/9", "p0-1-2": "9"})
    made = session.scalars(select(Analysis)).one()
    assert made.result["consistent"] is False
    assert "contradict each other" in page.get(f"/surveys/analyses/{made.id}?lang=en")
    assert "disagrees most with the others" in page.get(f"/surveys/calculators/ahp?again={made.id}&lang=en")


# --- rows from files --------------------------------------------------------------------------------------------


def upload(page: Page, people: People, method: str, data: bytes, name: str, **more: Any) -> Any:
    fields = {"unit_id": str(people.north.id), "file": (io.BytesIO(data), name), **more}
    return page.client.post(
        f"/surveys/calculators/{method}?lang=en", data=fields, content_type="multipart/form-data"
    )


def test_a_file_is_shown_before_it_is_computed(page: Page, people: People) -> None:
    page.as_(people.manager)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ("上级", "指标", "权重", "得分"),
        ("", "Process", 1, None),
        ("Process", "Waiting", 2, 71),
        ("Process", "Tone", 1, 88),
    ):
        sheet.append(row)
    held = io.BytesIO()
    book.save(held)
    answer = upload(page, people, "hierarchy", held.getvalue(), "tree.xlsx", coverage="60")
    assert answer.status_code == 200
    assert 'value="Waiting"' in answer.text
    assert "Read from tree.xlsx" in answer.text
    assert session.scalars(select(Analysis)).all() == [], "it is looked at first"
    square = b"name,Speed,Tone,Price\nSpeed,1,3,5\nTone,1/3,1,2\nPrice,0.2,0.5,1\n"
    answer = upload(page, people, "ahp", square, "square.csv")
    assert re.search(r'<option value="5" selected>', answer.text)
    estimate = b"satisfaction,district\n4,n\n5,n\n2,s\n3,s\n"
    answer = upload(page, people, "estimate", estimate, "answers.csv", confidence="0.95")
    assert re.search(r'<option selected value="satisfaction">', answer.text), (
        "the column is found by its name"
    )


def test_a_long_file_is_carried_along_unseen(page: Page, people: People) -> None:
    page.as_(people.manager)
    lines = "score,place\n" + "".join(f"{1 + row % 5},{'n' if row % 2 else 's'}\n" for row in range(1000))
    answer = upload(page, people, "estimate", lines.encode(), "long.csv", confidence="0.95")
    kept = re.search(r'name="kept" value="([^"]+)"', answer.text)
    assert kept is not None
    assert "1,000 rows" in answer.text
    sheet = kept[1].replace("&#34;", '"')
    page.post(
        "/surveys/calculators/estimate",
        {"unit_id": str(people.north.id), "kept": sheet, "variable": "score", "strata": "place", "confidence": "0.95", "population": "5000"},
    )  # fmt: skip
    made = session.scalars(select(Analysis)).one()
    assert (made.result["n"], made.result["mean"]) == (1000, 3)


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"\x89PNG\r\n\x1a\n", "tree.png", "table|CSV|read"),
        (b"a,b\n", "empty.csv", "row|header"),
        (b"indicator\nWaiting\n" * 3, "x.csv", ""),
        (b"", "nothing.csv", ""),
        (b"unit," + b",".join(b"r%d" % place for place in range(200)) + b"\n", "wide.csv", "columns"),
    ],
)
def test_files_that_are_none_are_refused_in_words(
    page: Page, people: People, data: bytes, name: str, said: str
) -> None:
    page.as_(people.manager)
    answer = upload(page, people, "fuzzy", data, name, kind="counts", operator="weighted_average")
    assert answer.status_code == 422, answer.text[:2000]
    assert re.search(said, answer.text, re.IGNORECASE)


def test_what_no_page_sends_and_what_would_take_too_long_is_refused(page: Page, people: People) -> None:
    def kept(header: list[str], rows: list[list[str]]) -> dict[str, str]:
        return {"kept": json.dumps({"header": header, "rows": rows})}

    tree = ["indicator", "parent", "weight", "score"]
    chain = [[f"n{row}", f"n{row - 1}" if row else "", "", "50"] for row in range(1500)]
    points = [[f"week {row}", "3", ""] for row in range(2001)]
    ratings = [[str(row), str(row), str(row + 1)] for row in range(900)]
    page.as_(people.manager)
    for method, changes, said in (
        (Method.hierarchy, {"kept": "[" * 100_000}, "take them from a file"),
        (Method.hierarchy, kept(["strange"], [["1"]]), "take them from a file"),
        (
            Method.estimate,
            kept([f"c{row}" for row in range(30)], [["1"] * 30] * 700),
            "take them from a file",
        ),
        (Method.hierarchy, kept(tree, chain), "deeper than 20"),
        (Method.chart, {"kind": "c", **kept(["label", "value", "size"], points)}, "at most 2000 points"),
        (Method.agreement, kept(["unit", "r1", "r2"], ratings), "too many for one analysis"),
        (Method.effect, {"n2": "999999999"}, "from 0 to 10000000"),
    ):
        answer = send(page, people, method, changes, status=422)
        assert said in answer.text, (method, said, re.findall(r"<li>.*?</li>", answer.text)[:3])
    assert session.scalars(select(Analysis)).all() == []


def test_only_who_may_analyse_the_unit_computes_and_sees(page: Page, people: People) -> None:
    page.as_(people.visitor).get("/surveys/calculators", status=403)
    asked = {"kind": "proportions", "p1": 60.0, "p2": 70.0, "alpha": "0.05", "wanted": "0.8"}
    with pytest.raises(NotPermitted):
        analyses.compute_entered(people.north, Method.power, asked, actor=people.visitor)
    with pytest.raises(RuleViolation, match="difference of 0"):
        analyses.compute_entered(people.north, Method.power, asked | {"p2": 60.0}, actor=people.manager)
    page.as_(people.manager).get("/surveys/calculators/nonsense", status=404)
    page.get("/surveys/calculators/kano", status=404)


def test_a_finished_analysis_cannot_be_changed_or_removed_in_the_database(people: People) -> None:
    asked = {"kind": "proportions", "p1": 60.0, "p2": 70.0, "alpha": "0.05", "wanted": "0.8"}
    outcome = analyses.compute_entered(people.north, Method.power, asked, actor=people.manager)
    made = analyses.keep_entered(people.north, Method.power, asked, outcome, actor=people.manager)
    session.commit()
    for statement in ("UPDATE analysis SET title = 'x'", "DELETE FROM analysis"):
        with pytest.raises(DatabaseError, match="stays as it is"), session.begin_nested():
            session.execute(text(f"{statement} WHERE id = {made.id}"))
    assert session.get(Analysis, made.id) is not None


def test_every_calculator_says_in_words_what_was_entered() -> None:
    for method, calculator in CALCULATORS.items():
        shown = {name for group in calculator.form.LAYOUT for name in group.fields}
        assert all(hasattr(calculator.form, name) for name in shown), method
        assert set(calculator.form.HINTS) <= shown | {"file"}, method
        assert shown >= calculator.form.OPTIONAL, method


def test_outcomes_are_plain(people: People) -> None:
    found = run_entered(
        Method.power, {"kind": "means", "difference": 0.3, "sd": 1.0, "alpha": "0.05", "wanted": "0.9"}
    )
    assert json.loads(json.dumps(found.result, allow_nan=False))["n"] == 235
    assert [each["text"] for each in found.result["variant_said"]] == [
        "two means",
        "t-test",
        "equal variances",
    ]
