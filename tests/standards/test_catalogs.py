"""Catalog files: what is accepted, what is refused and how it is said. Pure."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.errors import InvalidInput
from standards.operations.frameworks import CATALOGS
from standards.rules.catalog import FrameworkCatalog, parse
from standards.rules.clauses import designation_of, needs_check, sort_key
from standards.rules.crosswalk import Crosswalk

SMALL: dict[str, Any] = {
    "id": "own-1",
    "title": {"en": "House rules", "zh": "内部规则"},
    "edition": 2026,
    "nature": "requirements",
    "clauses": [
        {"number": "4", "level": 1, "title": {"en": "Work", "zh": "工作"}, "assessable": False},
        {
            "number": "4.1",
            "level": 2,
            "parent": "4",
            "title": {"en": "Answer"},
            "assessable": True,
            "looks_for": {"en": "Calls are answered."},
        },
    ],
}


def file_of(**changes: Any) -> bytes:
    return yaml.safe_dump({**SMALL, **changes}, allow_unicode=True).encode()


def clauses(**changes: Any) -> list[dict[str, Any]]:
    first, second = SMALL["clauses"]
    return [first, {**second, **changes}]


@pytest.mark.parametrize("path", sorted(CATALOGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_catalog_of_the_product_is_read(path: Path) -> None:
    catalog = parse(path.read_bytes(), path.name)
    assert isinstance(catalog, FrameworkCatalog | Crosswalk)
    if isinstance(catalog, FrameworkCatalog):
        assert catalog.code == path.stem
        for clause in catalog.clauses:
            assert clause.title_en
            assert clause.title_zh
            assert not clause.assessable or (clause.looks_for_en and clause.looks_for_zh)


def test_marks_editions_and_adoptions_are_kept() -> None:
    new = parse((CATALOGS / "iso-9001-2026.yaml").read_bytes(), "x")
    old = parse((CATALOGS / "iso-9001-2015.yaml").read_bytes(), "x")
    complaints = parse((CATALOGS / "iso-10002-2018.yaml").read_bytes(), "x")
    assert isinstance(new, FrameworkCatalog)
    assert isinstance(old, FrameworkCatalog)
    assert isinstance(complaints, FrameworkCatalog)
    assert (new.supersedes, old.superseded_by, old.current) == ("iso-9001-2015", "iso-9001-2026", False)
    assert (new.nature, complaints.nature) == ("requirement", "guidance")
    assert complaints.designation == "ISO 10002:2018"
    assert complaints.adopted_as[0]["id"] == "GB/T 19012-2019"
    marked = {clause.number: clause for clause in complaints.clauses}
    assert marked["7.3"].basis == "inferred"
    assert needs_check(marked["7.3"].confidence, marked["7.3"].basis)
    assert marked["4.2"].confidence == "high"
    assert any(clause.note.get("changed_in_edition") for clause in new.clauses)


def test_the_edition_map_tells_what_changed() -> None:
    crosswalk = parse((CATALOGS / "crosswalk.yaml").read_bytes(), "crosswalk.yaml")
    assert isinstance(crosswalk, Crosswalk)
    edition = {(link.a[1], link.b[1]): link.topic for link in crosswalk.links if link.relation == "successor"}
    assert edition["6.1.2", "6.1.3"] == "edition: reported change"
    assert edition["9.1.2", "9.1.2"] == "edition: same"
    assert edition["10.3", "10.1"] == "edition: same"
    assert not any(old == "B" for old, _new in edition)  # gone from the new edition


def test_ties_of_the_old_edition_are_carried_over() -> None:
    crosswalk = parse((CATALOGS / "crosswalk.yaml").read_bytes(), "crosswalk.yaml")
    assert isinstance(crosswalk, Crosswalk)
    new = {
        (link.a, link.b[1]): link
        for link in crosswalk.links
        if link.b[0] == "iso-9001-2026" and link.relation != "successor"
    }
    assert new[("iso-10002-2018", "8.3"), "9.1.2"].relation == "supports"
    assert new[("iso-10002-2018", "8.7"), "10.1"].relation == "supports"  # 10.3 of the old edition
    assert all(link.note_en.endswith("Carried over from the edition before.") for link in new.values())
    keys = [(link.a, link.b, link.relation) for link in crosswalk.links]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (file_of(id=""), ["own.yaml", "id", "is missing"]),
        (file_of(id="Own Rules"), ["own.yaml", "id", "small letters"]),
        (file_of(nature="law"), ["own.yaml", "nature", "guidance, requirements", "law"]),
        (file_of(title={}), ["own.yaml", "title", "English (en) or Chinese (zh)"]),
        (file_of(clauses=[]), ["own.yaml", "clauses", "at least one"]),
        (file_of(clauses=clauses(number="4,1")), ["clause 4,1", "number", "must look like 4.2"]),
        (file_of(clauses=clauses(number="4")), ["clause 4", "number", "twice"]),
        (file_of(clauses=clauses(parent="9")), ["clause 4.1", "parent", "clause 9 must stand before"]),
        (file_of(clauses=clauses(level=True)), ["clause 4.1", "level", "1 to 8"]),
        (file_of(clauses=clauses(title={"en": "x" * 301})), ["clause 4.1 title", "en", "300"]),
        (file_of(clauses=clauses(looks_for=None)), ["clause 4.1", "looks_for", "is missing"]),
        (file_of(clauses=clauses(assessable="yes")), ["clause 4.1", "assessable", "true or false"]),
        (file_of(clauses=clauses(evidence=[{"fr": "?"}])), ["clause 4.1 evidence 1", "English (en)"]),
        (file_of(clauses=clauses(confidence="sure")), ["clause 4.1", "confidence", "high, medium, low"]),
        (file_of(clauses=["4"]), ["clause number 1 of the list", "mapping"]),
        (file_of(counts={"clauses": 3}), ["counts", "clauses", "says 3, the list has 2"]),
        (b"id: [", ["own.yaml", "not valid YAML", "line"]),
        (b"\xff\xfe\x00", ["own.yaml", "UTF-8"]),
        (b"- just a list", ["own.yaml", "mapping"]),
        (b"a: &x [1]\nb: *x", ["own.yaml", "aliases"]),
        (b"x" * 4_000_001, ["own.yaml", "4 MB"]),
        (b"[" * 100_000, ["own.yaml", "nested too deeply"]),
    ],
)
def test_a_bad_file_is_refused_by_file_clause_and_field(content: bytes, words: list[str]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse(content, "own.yaml")
    for word in words:
        assert word in str(refusal.value)


def test_a_crosswalk_names_the_pair() -> None:
    pair = {
        "a": {"standard": "own-1", "clause": "4.1"},
        "b": {"standard": "own-2", "clause": "1"},
        "relation": "same",
    }
    with pytest.raises(InvalidInput, match="pair 1, relation"):
        parse(yaml.safe_dump({"id": "crosswalk", "pairs": [pair]}).encode(), "cross.yaml")
    twice = {**pair, "relation": "equal"}
    with pytest.raises(InvalidInput, match="pair 2"):
        parse(
            yaml.safe_dump({"id": "crosswalk", "pairs": [twice, copy.deepcopy(twice)]}).encode(), "cross.yaml"
        )


def test_numbers_sort_as_people_read_them() -> None:
    numbers = ["10.1", "4.10", "A", "4.2", "4", "8.6.1", "8.6"]
    assert sorted(numbers, key=sort_key) == ["4", "4.2", "4.10", "8.6", "8.6.1", "10.1", "A"]


def test_the_designation_is_cut_from_the_short_title() -> None:
    assert designation_of("GB/T 24421.2-2023 Service standards system", "x") == "GB/T 24421.2-2023"
    assert designation_of("House rules", "own-1") == "OWN-1"
