"""Rows for tests of clauses: a standard with requirements, in whatever state, without the way there."""

from collections.abc import Callable
from typing import Any

from accounts.models import Person, Unit
from core import clock
from core.db import next_code, session
from standards.models import Clause, Requirement, Standard, Version
from standards.operations.frameworks import CATALOGS, load_all, load_frameworks
from standards.queries.frameworks import get_clause
from tests.statements import counted


def load(*codes: str) -> None:
    """Frameworks by code, as people load them."""
    load_frameworks([CATALOGS / f"{code}.yaml" for code in codes], actor=None)
    session.commit()


def load_product() -> None:
    """All frameworks that come with the product."""
    load_all()
    session.commit()


def clause(number: str, code: str = "iso-10002-2018") -> Clause:
    return get_clause(code, number)


def make_standard(
    unit: Unit,
    owner: Person,
    *,
    state: str = "effective",
    requirements: int = 2,
    title: str = "Street lights",
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
            rule={"points": [{"en": "The next step was told.", "zh": "已告知下一步。", "weight": 1.0}]},
        )
        for number in range(1, requirements + 1)
    ]
    session.add_all(made)
    session.commit()
    return standard, version, made


def statements(action: Callable[[], Any]) -> int:
    """How many statements an action costs."""
    with counted() as seen:
        action()
    return len(seen)
