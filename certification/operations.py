"""Writes of this room: a pack is ordered, built, or fails. A pack never changes afterwards; a newer one gets a new number."""

import io
from collections.abc import Iterable
from datetime import date
from typing import Any

from accounts import queries as accounts
from accounts.models import Unit
from certification.models import Pack
from certification.permissions import BUILD
from certification.rules.packs import FRESH_DAYS, parts_in_order, period_problem
from core import access, clock, files, jobs, trail
from core.db import next_code, session
from core.errors import RuleViolation
from core.i18n import LANGUAGES, _
from standards.models import Framework

JOB = "certification.build_pack"
MOST_BYTES = 200_000_000


def order_pack(
    framework: Framework,
    unit: Unit,
    *,
    first: date,
    last: date,
    language: str,
    parts: Iterable[str],
    fresh_days: int = FRESH_DAYS,
    actor: Any,
    queue: bool = True,
) -> Pack:
    """Number a pack and put its building into the queue. `actor` is None on the command line only."""
    if actor is not None:
        access.require(actor, BUILD, unit.path, what=_("Certification pack"))
    chosen = parts_in_order(parts)
    if not chosen:
        raise RuleViolation(_("Choose at least one part."), field="parts")
    if language not in LANGUAGES:
        raise RuleViolation(_("Choose a language."), field="language")
    now = clock.now()
    check_period(first, last)
    pack = Pack(
        code=next_code("PCK", year=now.year),
        framework_id=framework.id,
        unit_id=unit.id,
        language=language,
        period_from=first,
        period_until=last,
        state="building",
        parts=[part.value for part in chosen],
        facts={"fresh_days": fresh_days},
        built_by_id=getattr(actor, "id", None),
        created_at=now.replace(microsecond=0),
    )
    session.add(pack)
    session.flush()
    if queue:
        pack.job_id = jobs.queue(
            JOB, _("Certification pack %(code)s", code=pack.code), {"pack": pack.id}, actor=actor
        ).id
    trail.record(
        pack,
        "pack.ordered",
        actor=actor,
        changes={
            "framework": framework.designation,
            "unit": unit.code,
            "from": first,
            "until": last,
            "language": language,
            "parts": pack.parts,
        },
    )
    return pack


def check_period(first: date, last: date) -> None:
    problem = period_problem(first, last, clock.now().date())
    if problem:
        raise RuleViolation(_period_sentence(problem), field="first" if problem == "future" else "last")


def _period_sentence(problem: str) -> str:
    return {
        "order": _("The period ends before it begins."),
        "long": _("A pack covers at most three years."),
        "future": _("The period lies in the future; there is nothing to show yet."),
    }[problem]


def rebuild(pack: Pack, *, actor: Any) -> Pack:
    """The same pack from today's records, under a new number; the old one stays as it was."""
    unit = accounts.get_unit(pack.unit_id)
    return order_pack(
        pack.framework,
        unit,
        first=pack.period_from,
        last=pack.period_until,
        language=pack.language,
        parts=pack.parts,
        fresh_days=int(pack.facts.get("fresh_days", FRESH_DAYS)),
        actor=actor,
    )


def finish(pack: Pack, pdf: bytes, facts: dict[str, Any], *, actor: Any) -> None:
    """Keep the file of a pack with its hash."""
    received = files.receive(
        io.BytesIO(pdf), f"{pack.code}-{pack.language}.pdf", limit=MOST_BYTES, accept={"application/pdf"}
    )
    stored = files.store(received, actor=actor)
    pack.file_id = stored.id
    pack.state = "ready"
    pack.facts = {**pack.facts, **facts}
    pack.built_at = clock.now()
    trail.record(
        pack,
        "pack.built",
        actor=actor,
        changes={
            "sha256": stored.sha256,
            "size": stored.size,
            "trail_head": facts.get("trail_head", ""),
            "manifest": facts.get("manifest_sha256", ""),
        },
    )


def fail(pack: Pack, *, actor: Any, reason: str) -> None:
    pack.state = "failed"
    trail.record(pack, "pack.failed", actor=actor, reason=reason)
