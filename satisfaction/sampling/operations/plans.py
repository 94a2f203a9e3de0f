"""A plan from its first draft to the draw, which is made once and never changed."""

import hashlib
import json
import secrets
from typing import Any

from sqlalchemy import insert, select

from accounts.models import Unit
from core import access, clock, trail
from core.db import expect_version, next_code, session, table_of
from core.errors import RuleViolation
from core.i18n import _
from satisfaction.models import Wave
from satisfaction.permissions import SURVEY
from satisfaction.sampling import drawing, frames, queries
from satisfaction.sampling.drawing import Sample
from satisfaction.sampling.frames import Member
from satisfaction.sampling.links import new_nonce
from satisfaction.sampling.models import DrawnCustomer, SamplingFrame, SamplingPlan
from satisfaction.sampling.rules import Design, Population, faults

FIELDS = ["name_en", "name_zh", "population", "design"]


def permit(plan: SamplingPlan, actor: Any) -> None:
    access.require(actor, SURVEY, plan.unit.path, what=plan.code)


def _check(values: dict[str, Any], design: Design, wave: Wave | None, actor: Any) -> None:
    if not values["name_en"] and not values["name_zh"]:
        raise RuleViolation(_("Give the plan a name in at least one language."), field="name_en")
    for field, sentence in faults(design):
        raise RuleViolation(sentence, field=field)
    if wave is not None:
        access.require(actor, SURVEY, wave.unit.path, what=wave.code)


def write_plan(
    *,
    unit: Unit,
    name_en: str = "",
    name_zh: str = "",
    wave: Wave | None = None,
    population: Population,
    design: Design,
    actor: Any,
) -> SamplingPlan:
    access.require(actor, SURVEY, unit.path, what=unit.name)
    values = {"name_en": name_en, "name_zh": name_zh}
    _check(values, design, wave, actor)
    made = SamplingPlan(
        code=next_code("SAM", year=clock.now().year),
        unit=unit,
        wave=wave,
        population=population.as_json(),
        design=design.as_json(),
        **values,
    )
    session.add(made)
    session.flush()
    trail.record(
        made, "sampling_plan.written", actor=actor, changes={"wave": wave.code if wave is not None else ""}
    )
    return made


def change_plan(
    plan: SamplingPlan,
    *,
    unit: Unit,
    name_en: str,
    name_zh: str,
    wave: Wave | None,
    population: Population,
    design: Design,
    seen: int | None = None,
    actor: Any,
) -> None:
    """A plan that is drawn keeps everything but its names and, as long as nobody was invited, its wave."""
    permit(plan, actor)
    expect_version(plan, seen, what=plan.code, fields=FIELDS)
    _check({"name_en": name_en, "name_zh": name_zh}, design, wave, actor)
    access.require(actor, SURVEY, unit.path, what=unit.name)
    wave_id = wave.id if wave is not None else None
    if wave_id != plan.wave_id and queries.count_links(plan.id)[1]:
        raise RuleViolation(_("Links of this wave were made already: the wave stays."), field="wave_id")
    before = plan.wave.code if plan.wave is not None else ""
    values: dict[str, Any] = {"name_en": name_en, "name_zh": name_zh, "wave_id": wave_id}
    if plan.state == "draft":
        values |= {"unit_id": unit.id, "population": population.as_json(), "design": design.as_json()}
    elif population.as_json() != plan.population or design.as_json() != plan.design:
        raise RuleViolation(_("The sample is drawn: make a copy of the plan to draw anew."))
    changes = trail.changed(plan, values)
    if changes:
        if changes.pop("wave_id", None):
            changes["wave"] = (before, wave.code if wave is not None else "")
        session.flush()
        session.expire(plan, ["wave", "unit"])
        trail.record(plan, "sampling_plan.changed", actor=actor, changes=changes)


def copy_plan(plan: SamplingPlan, *, actor: Any) -> SamplingPlan:
    """The same plan without wave and draw."""
    return write_plan(
        unit=plan.unit,
        name_en=plan.name_en,
        name_zh=plan.name_zh,
        population=Population.read(plan.population),
        design=Design.read(plan.design),
        actor=actor,
    )


def discard_plan(plan: SamplingPlan, *, actor: Any) -> None:
    permit(plan, actor)
    if plan.state != "draft":
        raise RuleViolation(_("A drawn sample stays: it says who could be asked and with which chance."))
    trail.record(plan, "sampling_plan.discarded", actor=actor)
    session.delete(plan)
    session.flush()


def new_seed() -> int:
    return secrets.randbelow(10**9)


def sample(plan: SamplingPlan, seed: int, *, actor: Any) -> tuple[list[Member], Sample]:
    """What a draw would give now. Reads only; may take a moment for a large register."""
    design = Design.read(plan.design)
    frame = frames.members(Population.read(plan.population), design.strata, design.cluster, actor)
    return frame, drawing.draw(design, frame, seed)


def keep_draw(
    plan: SamplingPlan, frame: list[Member], drawn: Sample, seed: int, *, seen: int | None = None, actor: Any
) -> None:
    """Keep a draw with everything that proves it: seed, population, chances, weights."""
    permit(plan, actor)
    session.execute(
        select(SamplingPlan.id).where(SamplingPlan.id == plan.id).with_for_update(of=SamplingPlan)
    )
    session.refresh(plan, ["state", "row_version"])
    if plan.state != "draft":
        raise RuleViolation(_("%(code)s is drawn already.", code=plan.code))
    expect_version(plan, seen, what=plan.code, fields=FIELDS)
    content, digest = frames.packed(frame)
    strata: dict[str, int] = {}
    clusters: dict[str, int] = {}
    for member in frame:
        strata[member.stratum] = strata.get(member.stratum, 0) + 1
        if member.cluster:
            clusters[member.cluster] = clusters.get(member.cluster, 0) + 1
    plan.state = "drawn"
    plan.seed = seed
    plan.frame_sha256, plan.frame_size = digest, len(frame)
    plan.result = {
        **drawn.result,
        "frame_strata": strata,
        "frame_clusters": len(clusters),
        "draw_sha256": draw_hash((each.member.code, each.probability) for each in drawn.taken),
    }
    plan.engine_version = drawn.engine_version
    plan.drawn_at, plan.drawn_by_id = clock.now(), getattr(actor, "id", None)
    session.flush()
    session.execute(insert(SamplingFrame).values(plan_id=plan.id, content=content))
    rows = [
        {
            "plan_id": plan.id, "customer_id": each.member.id, "stratum": each.member.stratum,
            "cluster": each.member.cluster, "probability": each.probability, "weight": each.weight,
            "nonce": new_nonce(), "invitation_id": None,
        }
        for each in drawn.taken
    ]  # fmt: skip
    for start in range(0, len(rows), 2_000):
        session.connection().execute(insert(table_of(DrawnCustomer)), rows[start : start + 2_000])
    trail.record(
        plan,
        "sampling_plan.drawn",
        actor=actor,
        changes={"seed": seed, "population": len(frame), "frame": digest, "drawn": len(rows)},
    )


def draw_hash(people: Any) -> str:
    """SHA-256 of (code, chance) of everybody drawn, in order."""
    return hashlib.sha256(
        json.dumps([[code, repr(float(p))] for code, p in people], ensure_ascii=False).encode()
    ).hexdigest()
