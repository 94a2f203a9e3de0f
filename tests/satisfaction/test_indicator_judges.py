"""Judges of an indicator system: two tabs of one of them, and what the owner hears when all have compared."""

from sqlalchemy import select

from core.db import session
from core.notices import Notice
from satisfaction.indicators.models import (
    IndicatorJudge,
    IndicatorJudgement,
    IndicatorNode,
    IndicatorVersion,
)
from satisfaction.operations.indicators import judging, trees
from satisfaction.queries import indicators as queries
from satisfaction.rules import indicators as rules
from tests.page import Page
from tests.people import People
from tests.satisfaction.builders import make_questionnaire
from tests.satisfaction.indicator_builders import LINES, PARTS, grow, make_system, node, version_in


def test_a_second_tab_overwrites_no_comparison(page: Page, people: People) -> None:
    version = grow(people, make_system(people, make_questionnaire(people, LINES)))
    root = node(version, "X1")
    judge = judging.ask_judges(version, [people.owner], actor=people.manager)[0]
    session.commit()
    page.as_(people.owner)
    here = f"/surveys/indicators/judging/{judge.id}/{root.id}"
    first, second = page.get(here), page.get(here)  # two tabs before there was anything
    sent = {"parts": PARTS, "s0": "a", "k0": "3", "s1": "equal", "row_version": version_in(first)}
    page.post(here, sent)
    sent |= {"k0": "5", "s2": "b", "k2": "2", "row_version": version_in(second)}
    page.post(here, sent, status=409)
    assert page.response is not None
    clash = page.response.text
    said = session.scalars(select(IndicatorJudgement)).one()
    assert said.given == {"F1/F2": 3, "F1/F3": 1}
    assert "while you were writing" in clash
    assert "How much more: “Rooms” or “Staff”" in clash
    assert "slightly more important" in clash  # theirs
    assert '<option selected value="5">' in clash  # mine
    assert f'name="parts" value="{PARTS}"' in clash
    # what the page of both sends: mine now, made from the version that was saved
    mine = {"parts": PARTS, "s0": "a", "k0": "5", "s1": "equal", "k1": "", "s2": "b", "k2": "2"}
    page.post(here, mine | {"row_version": version_in(clash)})
    session.expire_all()
    assert said.given == {"F1/F2": 5, "F1/F3": 1, "F2/F3": 0.5}
    page.post(here, mine | {"k0": "9", "row_version": version_in(clash)}, status=409)
    # the parts themselves are others now: the places on the page mean other pairs
    trees.add_node(root, name_en="Prices", actor=people.manager)
    session.commit()
    page.post(here, mine | {"row_version": str(said.row_version)}, status=422)
    assert "The parts to be compared are others now" in page.response.text
    session.expire_all()
    assert said.given == {"F1/F2": 5, "F1/F3": 1, "F2/F3": 0.5}


def branches(version: IndicatorVersion) -> list[IndicatorNode]:
    """What has parts to compare."""
    return [
        session.get_one(IndicatorNode, branch.id)
        for branch in queries.get_tree(version.id).walk()
        if len(branch.children) > 1
    ]


def compare_all(judge: IndicatorJudge, *, but: IndicatorNode | None = None) -> None:
    for branch in branches(judge.version):
        codes = [child.code for child in queries.list_children(branch.id)]
        said = {} if branch is but else {rules.pair_key(*pair): 1.0 for pair in rules.pairs(codes)}
        judging.compare(judge, branch, said, actor=judge.person)
    session.commit()


def test_the_owner_hears_when_all_judges_have_compared(page: Page, people: People) -> None:
    system = make_system(people, make_questionnaire(people, LINES), owner=people.owner)
    version = grow(people, system)
    asked = judging.ask_judges(version, [people.staff, people.top, people.auditor], actor=people.manager)
    session.commit()
    by = {judge.person_id: judge for judge in asked}

    def told() -> int:
        return len(session.scalars(select(Notice).where(Notice.kind == "indicator_judged")).all())

    page.as_(people.owner)
    compare_all(by[people.staff.id])
    root = node(version, "X1")
    compare_all(by[people.top.id], but=root)
    assert told() == 0
    assert "All judges have compared" not in page.get("/tasks")
    judging.excuse(by[people.auditor.id], actor=people.manager)  # who is left out keeps nobody waiting
    assert told() == 0
    compare_all(by[people.top.id])
    notice = session.scalars(select(Notice).where(Notice.kind == "indicator_judged")).one()
    assert (notice.person_id, notice.path) == (people.owner.id, f"/surveys/indicators/{system.id}")
    assert notice.text == f"{system.code}: all judges have compared: the weights can be taken"
    assert "All judges have compared: Counter index" in page.get("/tasks")
    assert "Counter index" in page.get(f"/surveys/indicators/{system.id}?version=1")
    compare_all(by[people.top.id])  # he looks again; nobody hears it twice
    assert told() == 1
    for branch in branches(version):
        assert "All judges have compared" in page.get("/tasks")  # as long as one part is left
        judging.take_judged(branch, actor=people.manager)
        session.commit()
    assert "All judges have compared" not in page.get("/tasks")


def test_excusing_the_last_who_was_waited_for_tells_the_owner(people: People) -> None:
    system = make_system(people, make_questionnaire(people, LINES), owner=people.owner)
    version = grow(people, system)
    done, missing = judging.ask_judges(version, [people.staff, people.top], actor=people.manager)
    compare_all(done)
    judging.excuse(missing, actor=people.manager)
    session.commit()
    assert session.scalars(select(Notice.kind).where(Notice.person_id == people.owner.id)).all() == [
        "indicator_judged"
    ]
