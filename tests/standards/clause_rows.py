"""Rows for tests of clauses: a standard with requirements, in whatever state, without the way there."""

from accounts.models import Person, Unit
from core import clock
from core.db import next_code, session
from standards.models import Clause, Requirement, Standard, Version
from standards.operations.frameworks import CATALOGS, load_frameworks
from standards.queries.frameworks import get_clause


def load(*codes: str) -> None:
    """Frameworks by code, as people load them."""
    load_frameworks([CATALOGS / f"{code}.yaml" for code in codes], actor=None)


def clause(number: str, code: str = "iso-10002-2018") -> Clause:
    return get_clause(code, number)


def make_standard(
    unit: Unit, owner: Person, *, state: str = "effective", requirements: int = 2, title: str = "Street lights"
) -> tuple[Standard, Version, list[Requirement]]:
    standard = Standard(code=next_code("STD"), title_en=title, title_zh="路灯报修", unit=unit, owner=owner)
    version = Version(
        standard=standard,
        number=1,
        state=state,
        effective_from=clock.now() if state in {"effective", "superseded"} else None,
        author_id=owner.id,
    )
    session.add_all([standard, version])
    session.flush()
    made = [
        Requirement(
            version=version,
            code=f"R{number}",
            position=number,
            kind="content",
            statement_en=f"Tell the resident what happens next, part {number}.",
            statement_zh=f"告知市民下一步处理情况（{number}）。",
        )
        for number in range(1, requirements + 1)
    ]
    session.add_all(made)
    session.flush()
    return standard, version, made
