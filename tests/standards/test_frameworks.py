"""Loading frameworks, and reading them."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask
from sqlalchemy import func, select

from core.db import session
from core.errors import EditConflict, InvalidInput
from core.search import find
from standards.models import Clause, ClauseLink, Framework, LicensedText, Mapping
from standards.operations import mapping as mapping_operations
from standards.operations.frameworks import CATALOGS, keep_text, load_all, load_frameworks
from standards.queries import frameworks as queries
from tests.page import Page
from tests.people import People
from tests.standards.clause_rows import clause, load, load_product, make_standard, statements


def changed(tmp_path: Path, edit: Any) -> Path:
    """The complaints catalog with a change, as a newer file."""
    data = yaml.safe_load((CATALOGS / "iso-10002-2018.yaml").read_text())
    data.pop("counts")
    edit(data)
    path = tmp_path / "newer.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True))
    return path


def count(model: Any) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_all_frameworks_load_and_load_again_without_change(app: Flask) -> None:
    first = load_all()
    sizes = count(Framework), count(Clause), count(ClauseLink)
    assert sizes[0] == 8
    assert sizes[1] == 469
    assert sum(item.added for item in first) == sizes[1] + sizes[2]
    assert not any(item.worth_telling for item in load_all())
    assert (count(Framework), count(Clause), count(ClauseLink)) == sizes
    new = queries.get_framework("iso-9001-2026")
    assert new.supersedes_id == queries.get_framework("iso-9001-2015").id


def test_a_newer_file_updates_texts_and_keeps_what_hangs_on_clauses(
    app: Flask, people: People, tmp_path: Path
) -> None:
    load("iso-10002-2018", "iso-10001-2018")
    _standard, _version, (first, _second) = make_standard(people.root, people.manager)
    kept = mapping_operations.map_requirement(
        first, clause("7.3"), degree="full", rationale_en="Each case has a state.", actor=people.manager
    )

    def edit(data: dict[str, Any]) -> None:
        data["clauses"] = [item for item in data["clauses"] if item["number"] not in {"7.3", "7.8"}]
        for item in data["clauses"]:
            if item["number"] == "7.4":
                item["title"]["en"] = "Acknowledging"
        data["clauses"].append({"number": "J", "level": 1, "title": {"en": "New annex"}, "assessable": False})

    [result] = load_frameworks([changed(tmp_path, edit)], actor=people.manager)
    session.expire_all()
    assert (result.added, result.removed, result.kept) == (1, 1, ["7.3"])
    assert result.changed == 1
    assert clause("7.4").title_en == "Acknowledging"
    assert clause("7.3").note["vanished"] is True
    assert queries.find_clause("iso-10002-2018", "7.8") is None
    assert session.get(Mapping, kept.id) is not None
    assert "7.3" in result.sentence


def test_a_file_of_ones_own_is_not_overwritten_by_the_product(app: Flask, tmp_path: Path) -> None:
    load_all()

    def edit(data: dict[str, Any]) -> None:
        data["title"]["en"] = "Our own edition of the list"

    load_frameworks([changed(tmp_path, edit)], actor=None)
    results = load_all()
    assert queries.get_framework("iso-10002-2018").title_en == "Our own edition of the list"
    assert any("left alone" in item.sentence for item in results)


def test_a_crosswalk_needs_its_clauses(app: Flask, tmp_path: Path) -> None:
    load("iso-10002-2018")
    path = tmp_path / "cross.yaml"
    pair = {
        "a": {"standard": "iso-10002-2018", "clause": "7.3"},
        "b": {"standard": "iso-9001-2015", "clause": "99"},
        "relation": "equal",
    }
    path.write_text(yaml.safe_dump({"id": "crosswalk", "pairs": [pair]}))
    with pytest.raises(InvalidInput, match=r"cross\.yaml, pair 1: iso-9001-2015 has no clause 99"):
        load_frameworks([path], actor=None)


def test_an_own_crosswalk_outlives_the_product_s(app: Flask, tmp_path: Path) -> None:
    load_all()
    path = tmp_path / "cross.yaml"
    pair = {
        "topic": "ours",
        "a": {"standard": "iso-10002-2018", "clause": "7.3"},
        "b": {"standard": "iso-9001-2026", "clause": "8.5.2"},
        "relation": "supports",
    }
    path.write_text(yaml.safe_dump({"id": "crosswalk", "pairs": [pair]}))
    load_frameworks([path], actor=None)
    load_all()
    ties = queries.links_of([clause("7.3").id])
    assert ("iso-9001-2026", "8.5.2", "ours") in {
        (tie.other.framework.code, tie.other.number, tie.topic) for tie in ties
    }


def test_two_editions_stand_side_by_side(app: Flask) -> None:
    load_all()
    pairs = queries.side_by_side(
        queries.get_framework("iso-9001-2015"), queries.get_framework("iso-9001-2026")
    )
    lines = {
        (pair.left.number if pair.left else None, pair.right.number if pair.right else None): pair
        for pair in pairs
    }
    assert lines["6.1.2", "6.1.3"].changed
    assert not lines["9.1.2", "9.1.2"].changed
    assert ("B", None) in lines
    rights = {pair.right.number for pair in pairs if pair.right}
    assert rights == {item.number for item in queries.list_clauses(queries.get_framework("iso-9001-2026").id)}


def test_search_finds_in_both_languages_and_puts_the_number_first(app: Flask) -> None:
    load_all()
    assert queries.search_clauses("10002 7.3")[0].number == "7.3"
    assert "7.3" in [item.number for item in queries.search_clauses("投诉跟踪")]
    assert queries.search_clauses("100%_") == []


def test_the_quick_search_offers_clauses(app: Flask, people: People) -> None:
    load_all()
    with app.test_request_context("/"):
        hits = find(people.staff, "Tracking of complaints")
    assert any(hit.code == "ISO 10002:2018 7.3" for hit in hits)


def test_the_pages_open_for_everybody_also_the_visiting_auditor(
    app: Flask, people: People, page: Page
) -> None:
    load_product()
    for person in (people.staff, people.visitor):
        page.as_(person)
        assert "ISO 10002:2018" in page.get("/frameworks")
        assert "Acknowledgement" in page.get("/frameworks/iso-10002-2018?q=acknowledge")
        text = page.get("/frameworks/iso-10002-2018/clauses/7.4")
        assert "Questions to ask" in text
        assert "Paste the English text" not in text
        page.get("/frameworks/compare?left=iso-9001-2015&right=iso-9001-2026")
        page.get("/frameworks/compare?left=iso-10002-2018&right=iso-9001-2015&only=tied")
    page.get("/frameworks/nothing", status=404)
    page.get("/frameworks/iso-10002-2018/clauses/99", status=404)


def test_a_clause_speaks_the_language_of_the_page_with_the_other_a_click_away(
    app: Flask, people: People, page: Page
) -> None:
    load("iso-10002-2018")
    page.as_(people.manager)
    text = page.get("/frameworks/iso-10002-2018/clauses/7.3?lang=zh")
    assert "案件从首次联系到结束的状态始终清楚" in text
    assert '<div lang="en">The state of a case is known' in text
    assert "Check against your licensed copy" not in text
    assert "正版文本核对" in text


def test_the_list_costs_the_same_with_few_and_many_frameworks(app: Flask, people: People, page: Page) -> None:
    load("iso-10002-2018")
    page.as_(people.manager).get("/frameworks")
    few = statements(lambda: page.get("/frameworks"))
    load_product()
    assert statements(lambda: page.get("/frameworks")) == few


# --- licensed text -------------------------------------------------------------------------------------------

TEXT = "/frameworks/iso-10002-2018/clauses/7.3/text/en"


def test_licensed_text_is_kept_by_managers_and_hidden_from_visitors(
    app: Flask, people: People, page: Page
) -> None:
    load("iso-10002-2018")
    page.as_(people.manager).get(TEXT)
    page.post(TEXT, {"text": "The wording we bought."})
    assert "The wording we bought." in page.follow()
    assert "The wording we bought." in page.as_(people.staff).get("/frameworks/iso-10002-2018/clauses/7.3")
    assert "The wording" not in page.as_(people.visitor).get("/frameworks/iso-10002-2018/clauses/7.3")
    for person in (people.auditor, people.owner, people.visitor):
        page.as_(person).get(TEXT, status=403)
        page.post(TEXT, {"text": "x"}, status=403)


def test_licensed_text_never_overwrites_what_somebody_saved_meanwhile(app: Flask, people: People) -> None:
    load("iso-10002-2018")
    found = clause("7.3")
    kept = keep_text(found, "en", "first", seen=None, actor=people.manager)
    assert kept is not None
    with pytest.raises(EditConflict):
        keep_text(found, "en", "made from an empty form", seen=None, actor=people.approver)
    keep_text(found, "en", "second", seen=kept.row_version, actor=people.approver)
    with pytest.raises(EditConflict):
        keep_text(found, "en", "third", seen=1, actor=people.manager)
    assert session.scalar(select(LicensedText.text)) == "second"


def test_the_trail_knows_that_a_text_changed_but_not_the_text(app: Flask, people: People) -> None:
    from core.trail import TrailEntry

    load("iso-10002-2018")
    keep_text(clause("7.3"), "en", "secret wording", seen=None, actor=people.manager)
    session.commit()
    entry = session.scalars(select(TrailEntry).where(TrailEntry.action == "clause.text_kept")).one()
    assert "secret" not in entry.changes
    assert entry.differences["characters"] == [0, 14]
