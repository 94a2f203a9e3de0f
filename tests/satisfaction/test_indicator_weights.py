"""Weights: comparison in pairs by several judges, weights from a path model; the rules behind them; what pages cost."""

from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core import clock
from core.db import session
from core.errors import RuleViolation
from core.mail import OutboxMail
from satisfaction.indicators.models import IndicatorJudge, IndicatorJudgement
from satisfaction.indicators.weighing import from_model, weigh
from satisfaction.methods.refusal import Refusal
from satisfaction.models import Analysis
from satisfaction.operations.indicators import judging, systems, trees
from satisfaction.queries import indicators as queries
from satisfaction.rules import indicators as rules
from satisfaction.rules.indicators import Branch
from tests.page import Page
from tests.people import People
from tests.satisfaction.builders import make_questionnaire, make_wave
from tests.satisfaction.indicator_builders import LINES, PARTS, grow, make_system, node, version_in
from tests.statements import counted

# --- rules ---------------------------------------------------------------------------------------------------


def branch(code: str, level: int, *children: Branch, weight: float | None = None, name: str = "") -> Branch:
    return Branch(abs(hash(code)) % 10**6, None, level, code, name or code, "", weight, "", None, children)


def test_weights_in_per_cent_must_sum_to_a_hundred() -> None:
    assert rules.sum_fault([70, 30]) is None
    assert rules.sum_fault([33.3, 33.3, 33.3]) is None  # one decimal can do no better
    assert rules.sum_fault([70, 25]) == ("sum", 95)
    assert rules.sum_fault([70, None]) == ("missing", 1)
    assert rules.sum_fault([-5, 105]) == ("negative", -5)
    assert rules.sum_fault([0, 0]) == ("nothing", 0)
    assert rules.normalised([70, 25]) == pytest.approx([70 / 95, 25 / 95])


def test_gaps_name_what_is_lacking_where() -> None:
    tree = branch("X1", 1, branch("F1", 2, weight=0.5), branch("F2", 2, branch("I1", 3), weight=0.4))
    assert [(gap.what, gap.node.code if gap.node else "") for gap in rules.gaps(tree)] == [
        ("sum", "X1"), ("no_children", "F1"), ("no_children", "I1"),
    ]  # fmt: skip
    bare = branch("X1", 1, branch("F1", 2), branch("F2", 2))
    assert {gap.what for gap in rules.gaps(bare)} == {"no_weights", "no_children"}
    assert [gap.what for gap in rules.gaps(tree, [{"share": 0.5}])][-1] == "group_sum"


def test_comparisons_are_read_as_a_page_sends_them() -> None:
    assert rules.read_judgement("", "") is None
    assert rules.read_judgement("equal", "7") == 1
    assert rules.read_judgement("a", "3") == 3
    assert rules.read_judgement("b", "5") == pytest.approx(0.2)
    for side, strength in (("a", ""), ("a", "1"), ("b", "10"), ("c", "3"), ("a", "٣")):
        with pytest.raises(ValueError):
            rules.read_judgement(side, strength)
    assert rules.spoken(3) == ("a", 3)
    assert rules.spoken(1 / 6.9) == ("b", 7)
    assert rules.spoken(1.1) == ("equal", 1)


def test_versions_are_compared_by_code() -> None:
    old = branch("X1", 1, branch("F1", 2, weight=0.6), branch("F2", 2, branch("I1", 3), weight=0.4))
    new = branch(
        "X1", 1, branch("F1", 2, branch("I1", 3), weight=0.5, name="Staff"), branch("F3", 2, weight=0.5)
    )
    found = {
        (change.kind, change.node.code): (change.before, change.after) for change in rules.compare(old, new)
    }
    assert found[("weight", "F1")] == (0.6, 0.5)
    assert found[("moved", "I1")] == ("F2", "F1")
    assert found[("added", "F3")] == (None, 0.5)
    assert found[("removed", "F2")] == (0.4, None)
    assert ("renamed", "F1") in found
    assert rules.compare(old, old) == []


def test_weights_multiply_down_the_tree() -> None:
    tree = branch("X1", 1, branch("F1", 2, branch("I1", 3, weight=0.3), branch("I2", 3, weight=0.7), weight=0.6), branch("F2", 2, branch("I3", 3), weight=0.4))  # fmt: skip
    share = {node.code: rules.overall(tree)[node.id] for node in tree.walk()}
    assert share == pytest.approx({"X1": 1, "F1": 0.6, "I1": 0.18, "I2": 0.42, "F2": 0.4, "I3": 0.4})


# --- comparison in pairs -------------------------------------------------------------------------------------


def test_a_known_comparison_has_its_known_weights() -> None:
    """Saaty's choice of drinks is in the reference cases of the method; here the smallest known one, by hand."""
    found = weigh(["A", "B", "C"], [{"A/B": 2, "A/C": 4, "B/C": 2}])
    assert found.weights == pytest.approx({"A": 4 / 7, "B": 2 / 7, "C": 1 / 7})
    assert [found.lambda_max, found.cr] == pytest.approx([3, 0])
    assert found.advice is None
    with pytest.raises(Refusal):
        weigh(["A", "B", "C"], [{"A/B": 2, "A/C": 4}])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=4, max_size=6), st.data())
def test_the_comparison_that_was_spoilt_is_the_one_named(levels: list[int], data: st.DataObject) -> None:
    """Comparisons that fit together but for one: that one is named, and what is suggested mends it."""
    codes = [f"N{place}" for place in range(len(levels))]
    true = [2.0 ** (level / 2) for level in levels]
    given_ = {
        rules.pair_key(one, other): true[codes.index(one)] / true[codes.index(other)] for one, other in rules.pairs(codes)
    }  # fmt: skip
    spoilt = data.draw(st.sampled_from(rules.pairs(codes)))
    key = rules.pair_key(*spoilt)
    right = given_[key]
    given_[key] = right * 9 if right < 1 else right / 9
    found = weigh(codes, [given_])
    assert found.advice is not None
    assert (found.advice.one, found.advice.other) == spoilt
    assert found.advice.cr < found.cr
    assert np.log(found.advice.suggested) == pytest.approx(np.log(right), abs=np.log(1.6))


def test_judges_compare_are_joined_and_one_is_left_out(page: Page, people: People) -> None:
    asked = make_questionnaire(people, LINES)
    system = make_system(people, asked)
    version = grow(people, system)
    root = node(version, "X1")
    page.as_(people.manager)
    url = f"/surveys/indicators/versions/{version.id}/judges"
    page.get(url)
    page.post(url, {}, status=422)
    yesterday = clock.now().date() - timedelta(days=1)
    page.post(url, {"people": [people.owner.id], "due": yesterday.isoformat()}, status=422)
    page.post(
        url,
        {
            "people": [people.owner.id, people.staff.id, people.top.id],
            "due": (yesterday + timedelta(days=9)).isoformat(),
        },
    )
    assert "0 of 5 compared" in page.follow()
    mails = session.scalars(select(OutboxMail).where(OutboxMail.kind == "indicator_judge")).all()
    assert {mail.to_name for mail in mails} == {"Olga Owner", "Stan Staff", "Tao Top"}
    judges = {each.person_id: each for each in session.scalars(select(IndicatorJudge))}
    # a judge finds the task, compares half, then all
    own = f"/surveys/indicators/judging/{judges[people.owner.id].id}"
    page.as_(people.owner)
    assert own in page.get("/tasks")
    assert "0 of 3 pairs" in page.get(own)
    page.get(f"/surveys/indicators/judging/{judges[people.top.id].id}", status=404)  # another's
    here = f"{own}/{root.id}"
    page.get(here)
    page.post(here, {"parts": PARTS, "s0": "a", "k0": ""}, status=422)
    assert page.response is not None
    assert "Say how much more." in page.response.text
    page.post(here, {"parts": PARTS, "s0": "a", "k0": "3", "s1": "equal"})
    assert "2 of 3 pairs" in page.follow()
    assert session.scalars(select(IndicatorJudgement)).one().cr is None
    crossed = {"parts": PARTS, "s0": "a", "k0": "9", "s1": "b", "k1": "9", "s2": "a", "k2": "9"}
    page.post(here, crossed | {"row_version": version_in(page.get(here))})
    text = page.follow()
    assert "Your comparisons contradict each other" in text
    assert "Most out of line with the others" in text
    assert "λ" in text
    tame = {"parts": PARTS, "s0": "a", "k0": "2", "s1": "a", "k1": "4", "s2": "a", "k2": "2"}
    page.post(here, tame | {"row_version": version_in(page.get(here))})
    assert "Your comparisons fit together" in page.follow()
    page.get(f"{own}/{root.id}?lang=zh")
    page.get(f"{own}/{node(version, 'A1').id}?lang=en", status=404)
    # another one contradicts himself
    judging.compare(judges[people.top.id], root, {"F1/F2": 9, "F1/F3": 1 / 9, "F2/F3": 9}, actor=people.top)
    judging.compare(judges[people.staff.id], root, {"F1/F2": 2, "F1/F3": 4, "F2/F3": 2}, actor=people.staff)
    with pytest.raises(RuleViolation):
        judging.compare(judges[people.staff.id], root, {}, actor=people.owner)
    session.commit()
    page.as_(people.manager)
    url = f"/surveys/indicators/nodes/{root.id}/comparisons"
    text = page.get(url)
    assert "contradicts itself" in text
    assert "Together the comparisons contradict each other" in text
    page.post(url, {}, status=422)  # a reason is needed
    wild = session.scalars(
        select(IndicatorJudgement).where(IndicatorJudgement.judge_id == judges[people.top.id].id)
    ).one()
    out = f"/surveys/indicators/judgements/{wild.id}"
    page.get(f"{out}/leave-out")
    page.post(f"{out}/leave-out", {}, status=422)
    page.post(f"{out}/leave-out", {"reason": "In a hurry"})
    assert "left out: In a hurry" in page.follow()
    page.post(f"{out}/take-in")
    page.post(f"{out}/leave-out", {"reason": "In a hurry"})
    page.post(url, {})
    assert "compared in pairs" in page.follow()
    session.expire_all()
    assert [child.weight for child in queries.list_children(root.id)] == pytest.approx([4 / 7, 2 / 7, 1 / 7])
    assert [each["name"] for each in root.working["judges"]] == ["Olga Owner", "Stan Staff"]
    assert root.working["left_out"][0]["reason"] == "In a hurry"
    page.as_(people.owner)
    assert "Leave out" not in page.get(url)  # who may not weigh only reads
    page.as_(people.manager)
    page.post(f"/surveys/indicators/judges/{judges[people.top.id].id}/excuse")
    page.get(url)  # which says so once
    assert "Tao Top" not in page.get(url)
    page.as_(people.top)
    page.get(f"/surveys/indicators/judging/{judges[people.top.id].id}", status=404)
    # another part of the tree: the comparisons must be made anew
    trees.add_node(root, name_en="Prices", actor=people.manager)
    session.commit()
    page.as_(people.owner)
    assert "3 of 6 pairs" in page.get(own)
    assert queries.list_children(root.id)[0].weight is None


def test_a_comparison_is_over_once_the_version_is_in_force(page: Page, people: People) -> None:
    asked = make_questionnaire(people, LINES)
    version = grow(people, make_system(people, asked))
    root = node(version, "X1")
    judge = judging.ask_judges(version, [people.owner], actor=people.manager)[0]
    with pytest.raises(RuleViolation, match="asked already"):
        judging.ask_judges(version, [people.owner], actor=people.manager)
    with pytest.raises(RuleViolation, match="No judge"):
        judging.take_judged(root, actor=people.manager)
    systems.enforce(version, actor=people.manager)
    session.commit()
    page.as_(people.owner)
    assert "The comparison is over" in page.get(f"/surveys/indicators/judging/{judge.id}")
    page.post(
        f"/surveys/indicators/judging/{judge.id}/{root.id}", {"parts": PARTS, "s0": "equal"}, status=422
    )
    assert f"judging/{judge.id}" not in page.get("/tasks")


# --- from a model --------------------------------------------------------------------------------------------


def test_weights_are_taken_from_a_kept_path_model(page: Page, people: People) -> None:
    asked = make_questionnaire(people, LINES)
    wave = make_wave(people, asked)
    system = make_system(people, asked)
    version = grow(people, system)
    page.as_(people.manager)
    url = f"/surveys/indicators/versions/{version.id}/model"
    assert "No path model of this questionnaire is kept yet" in page.get(url)
    result = {
        "n_used": 60, "index_weights": {"rooms": {"A1": 0.25, "A2": 0.75}, "speed": {"B1": 0.5, "B2": 0.5}, "kindness": {"S1": 1.0},
            "satisfaction": {"C1": 0.6, "N1": 0.4}},
        "total_effects": {"rooms->satisfaction": 0.2, "speed->satisfaction": 0.3, "kindness->satisfaction": 0.1},
        "notes": [], "n_dropped": {"count": 0, "reasons": {}},
    }  # fmt: skip
    kept = Analysis(
        code="ANA-2026-0007",
        wave_id=wave.id,
        method="pls",
        state="done",
        made_by_id=people.manager.id,
        result=result,
    )
    session.add(kept)
    session.commit()
    text = page.get(url)
    assert "several constructs of the model" in text  # two of them are under Staff
    page.post(url, {"analysis": kept.id}, status=422)
    page.post(url, {"analysis": kept.id, "nodes": [node(version, "X1").id]}, status=422)
    chosen = [node(version, name).id for name in ("Order", "Speed", "Staff")]
    page.post(url, {"analysis": kept.id, "nodes": chosen})
    assert "ANA-2026-0007" in page.follow()
    session.expire_all()
    weight = {each.code: each.weight for each in queries.list_nodes(version.id)}
    # B1 has four steps, B2 six: on 0 to 100 a step of the longer scale is worth less, so its weight is more
    assert [weight[code] for code in ("A1", "A2", "B1", "B2")] == pytest.approx([0.25, 0.75, 0.4, 0.6])
    assert [weight[node(version, name).code] for name in ("Speed", "Manner")] == pytest.approx([0.75, 0.25])
    staff = node(version, "Staff")
    assert (staff.origin, staff.working["analysis"], staff.working["kind"]) == (
        "model",
        "ANA-2026-0007",
        "effects",
    )
    assert staff.working["raw"] == pytest.approx(
        {node(version, "Speed").code: 0.3, node(version, "Manner").code: 0.1}
    )


def test_a_model_that_does_not_fit_the_tree_says_why() -> None:
    items = [SimpleNamespace(code=code, kind="scale", points=5) for code in ("Q1", "Q2", "Q3")]
    tree = branch("X1", 1, branch("F1", 2, branch("I1", 3, branch("Q1", 4), branch("Q2", 4))), branch("F2", 2, branch("I2", 3, branch("Q3", 4))))  # fmt: skip
    apart = from_model(tree, {"index_weights": {"a": {"Q1": 1.0}, "b": {"Q2": 1.0}}}, items)
    told = {offer.node.code: str(offer.refusal) for offer in apart}
    assert "several constructs" in told["I1"]
    assert "does not use every item" in told["X1"] or "several constructs" in told["X1"]
    negative = from_model(tree, {"index_weights": {"a": {"Q1": -0.2, "Q2": 1.2}, "b": {"Q3": 1.0}}, "total_effects": {"a->satisfaction": -0.1, "b->satisfaction": 0.5}}, items)  # fmt: skip
    told = {offer.node.code: str(offer.refusal) for offer in negative}
    assert "no positive weight" in told["I1"]
    assert "no positive effect" in told["X1"]


# --- what pages cost -----------------------------------------------------------------------------------------


def test_more_systems_and_judges_cost_no_more_statements(page: Page, people: People) -> None:
    asked = make_questionnaire(people, LINES)
    page.as_(people.manager)

    def cost(url: str) -> int:
        with counted() as statements:
            page.get(url)
        return len(statements)

    counts: list[tuple[int, int]] = []
    made = 0
    for many in (3, 30):
        while made < many:
            system = make_system(people, asked, title_en=f"Index {made}")
            version = queries.list_versions(system.id)[0]
            root = queries.list_nodes(version.id)[0]
            for name in ("One", "Two"):
                trees.add_node(root, name_en=name, actor=people.manager)
            judging.ask_judges(version, [people.manager], actor=people.manager)
            made += 1
        session.commit()
        page.get("/surveys/indicators")
        counts.append((cost("/surveys/indicators"), cost("/tasks")))
    assert counts[0] == counts[1]
