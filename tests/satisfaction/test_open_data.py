"""Real surveys come in by the job and give the figures that were computed independently (../shared/data/truth.json)."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.db import session
from satisfaction import results
from satisfaction.models import Wave
from satisfaction.results import Results
from satisfaction.rules.imports import Mapping, Use
from tests.people import People
from tests.satisfaction.builders import import_file, make_questionnaire, make_wave, work

CLOSE = 1e-5


@pytest.fixture(scope="module")
def truth(shared: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shared / "data" / "truth.json").read_text())
    return found


def brought(people: People, lines: list[str], path: Path, mapping: Mapping) -> tuple[Wave, Results]:
    wave = make_wave(people, make_questionnaire(people, "\n".join(lines)), open_it=False)
    batch = import_file(people, wave, path.read_bytes(), mapping, path.name)
    work("satisfaction.import")
    assert batch.rejected == 0, batch.reasons
    work("satisfaction.analyse")
    return wave, results.of_wave(wave)[1]


def value(found: Results, code: str, measure: str) -> float:
    each = found.find(code)
    assert each is not None
    figure = each.figures[measure]
    assert figure.value is not None
    if figure.low is not None and figure.high is not None:
        assert figure.low <= figure.value <= figure.high
    return figure.value


def test_the_airport_survey(people: People, shared: Path, truth: dict[str, Any]) -> None:
    expected = truth["share/sfo_survey_2017"]
    names = list(expected["items"])
    uses = {name: Use("item", f"A{number}", blank=("6", "0")) for number, name in enumerate(names)}
    uses["NETPRO"] = Use("item", "N", blank=("11",))
    lines = [f"A{number} | scale | {name}" for number, name in enumerate(names)] + ["N | nps | Recommend?"]
    _wave, found = brought(
        people, lines, shared / "data" / "sfo_survey" / "2017_SFO_Customer_Survey.csv.gz", Mapping(uses)
    )
    assert found.size == 2831
    for number, name in enumerate(names):
        each = found.find(f"A{number}")
        assert each is not None
        assert each.n == expected["items"][name]["n_valid"]
        assert (
            each.not_applicable + each.blank
            == expected["items"][name]["n_6"] + expected["items"][name]["n_0_or_blank"]
        )
        assert value(found, f"A{number}", "mean") == pytest.approx(expected["items"][name]["mean"], abs=CLOSE)
        assert value(found, f"A{number}", "top") == pytest.approx(
            expected["items"][name]["top2box"], abs=CLOSE
        )
    assert value(found, "N", "nps") == pytest.approx(expected["nps"]["nps"], abs=1e-3)
    nps = found.find("N")
    assert nps is not None
    assert (nps.detail["promoters"], nps.detail["passives"], nps.detail["detractors"]) == (1436, 968, 342)


def test_the_kiosk_study(people: People, shared: Path, truth: dict[str, Any]) -> None:
    expected = truth["share/kiosk_servqual_kano"]
    lines: list[str] = []
    uses: dict[str, Use] = {}
    for number in range(1, 25):
        lines.append(f"S{number} | servqual/7 | E{number} || P{number}")
        uses |= {
            f"sq{number:02d}_exp": Use("item", f"S{number}.e"),
            f"sq{number:02d}_per": Use("item", f"S{number}.p"),
        }
        lines += [
            f"P{number} | scale/7 | Satisfied with {number}",
            f"I{number} | importance/7 | Important is {number}",
        ]
        uses |= {
            f"ipa{number:02d}_imp": Use("item", f"I{number}"),
            f"ipa{number:02d}_sat": Use("item", f"P{number}"),
        }
    for number in range(1, 30):
        lines.append(f"K{number} | kano | With {number} || Without {number}")
        uses |= {
            f"kano{number:02d}_pos": Use("item", f"K{number}.f"),
            f"kano{number:02d}_neg": Use("item", f"K{number}.d"),
        }
    words = (("마음에 든다",), ("당연하다",), ("아무런 느낌이 없다",), ("하는 수 없다",), ("마음에 안 든다",))
    path = shared / "data" / "kiosk_servqual_kano" / "kiosk_respondents_71.csv"
    wave = make_wave(people, make_questionnaire(people, "\n".join(lines)), open_it=False)
    batch = import_file(people, wave, path.read_bytes(), Mapping(uses, kano=words), path.name)
    work("satisfaction.import")
    assert (batch.accepted, batch.reasons) == (70, {"empty": 1}), (
        "one respondent never used a kiosk and answered nothing"
    )
    _sheet, found = results.of_wave(wave)
    for number in range(1, 25):
        one = expected["servqual"][f"sq{number:02d}"]
        each = found.find(f"S{number}")
        assert each is not None
        assert each.figures["gap"].n == one["n"]
        assert value(found, f"S{number}", "gap") == pytest.approx(one["gap"], abs=CLOSE)
        assert value(found, f"S{number}", "expectation") == pytest.approx(one["exp_mean"], abs=CLOSE)
        assert each.detail["sd"] == pytest.approx(one["gap_sd"], abs=CLOSE)
        assert value(found, f"I{number}", "mean") == pytest.approx(
            expected["ipa"][f"ipa{number:02d}"]["imp"], abs=CLOSE
        )
        assert value(found, f"P{number}", "mean") == pytest.approx(
            expected["ipa"][f"ipa{number:02d}"]["sat"], abs=CLOSE
        )
    for number in range(1, 30):
        one = expected["kano"][f"kano{number:02d}"]
        each = found.find(f"K{number}")
        assert each is not None
        assert each.detail["counts"] == {key: one[key] for key in "AOMIRQ"}
        assert (each.detail["category"], each.detail["tie"]) == (one["category"], one["tie"])
        assert value(found, f"K{number}", "better") == pytest.approx(one["better"], abs=CLOSE)
        assert value(found, f"K{number}", "worse") == pytest.approx(one["worse"], abs=CLOSE)


def test_the_resident_survey(people: People, shared: Path, truth: dict[str, Any]) -> None:
    expected = truth["share/kcmo_resident_survey"]["items"]
    uses = {name: Use("item", f"R{name[-2:]}", blank=("9",)) for name in expected}
    lines = [f"R{name[-2:]} | scale | {name}" for name in expected]
    path = shared / "data" / "kcmo_resident_survey" / "FY2022_RS_Cleaned_safe.csv.gz"
    _wave, found = brought(people, lines, path, Mapping(uses))
    assert found.size == 1033
    for name, one in expected.items():
        each = found.find(f"R{name[-2:]}")
        assert each is not None
        assert (each.n, each.not_applicable) == (one["n_valid"], one["n_9"])
        assert value(found, each.item.code, "mean") == pytest.approx(one["mean"], abs=CLOSE)
        assert value(found, each.item.code, "top") == pytest.approx(one["top2"], abs=CLOSE)


def test_the_airline_survey_with_its_groups(people: People, shared: Path, truth: dict[str, Any]) -> None:
    expected = truth["share/airline_satisfaction"]
    names = list(expected["items"])
    uses = {name: Use("item", f"A{number}", blank=("0",)) for number, name in enumerate(names)}
    uses |= {"Class": Use("group"), "Type of Travel": Use("group")}
    lines = [f"A{number} | scale | {name}" for number, name in enumerate(names)]
    path = shared / "data" / "airline_satisfaction" / "airline_25976.csv.gz"
    wave, found = brought(people, lines, path, Mapping(uses))
    assert found.size == expected["rows"]
    for number, name in enumerate(names):
        one = expected["items"][name]
        each = found.find(f"A{number}")
        assert each is not None
        assert each.not_applicable == one["n_zero"]
        assert value(found, f"A{number}", "mean") == pytest.approx(one["mean_excl_zero"], abs=CLOSE)
        assert value(found, f"A{number}", "top") == pytest.approx(one["top2box_excl_zero"], abs=CLOSE)
        assert each.detail["sd"] == pytest.approx(one["sd_excl_zero"], abs=CLOSE)
    answers = results.of_wave(wave)[0]
    groups = results.by_group(answers, "col:Class", min_cell=10)
    assert {group.label for group in groups} == {"Business", "Eco", "Eco Plus"}
    first = found.find("A0")
    assert first is not None
    assert sum(cell.n for group in groups if (cell := group.items["A0"]) is not None) == first.n


def test_chinese_messages_come_in_as_words_with_their_day(
    people: People, shared: Path, truth: dict[str, Any]
) -> None:
    expected = truth["share/cn_gov_messages"]
    uses = {"留言详情": Use("item", "T1"), "答复意见": Use("item", "T2"), "留言时间": Use("date")}
    lines = ["T1 | text | | 留言详情", "T2 | text | | 答复意见"]
    wave = make_wave(people, make_questionnaire(people, "\n".join(lines)), open_it=False)
    path = shared / "data" / "cn_gov_messages" / "messages_with_replies_704.csv.gz"
    batch = import_file(people, wave, path.read_bytes(), Mapping(uses), path.name)
    work("satisfaction.import")
    assert (batch.accepted, batch.rejected) == (expected["rows"], 0)
    assert batch.first_answered is not None
    assert batch.first_answered.year == 2011
    from core.columnar import literal
    from satisfaction.storage import ANSWERS, engine

    with engine() as connection:
        parquet = literal(str(ANSWERS.parquet(batch.parquet_sha256)))
        years = dict(
            connection.execute(f"SELECT day[:4], count(*) FROM read_parquet({parquet}) GROUP BY 1").fetchall()
        )
    assert years == {year: one["n"] for year, one in expected["by_received_year"].items()}
    from satisfaction.wording import page_of_texts

    listed, total, _items = page_of_texts(wave, q="物业", item="T1", start=0, limit=50)
    assert 0 < total < expected["rows"]
    assert all("物业" in each.text for each in listed)
    session.rollback()
