"""What a new finding is about: any record's page links to `/findings/new?about=kind:id`, rooms say what that is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.models import Unit
from core import access
from core.db import session
from core.errors import NotFound
from core.forms import number_or_none
from core.i18n import _
from improvement.queries import findings as queries
from standards import permissions as standards_permissions
from standards.models import Standard
from standards.queries.standards import find_standard


@dataclass(frozen=True)
class About:
    """The record in words, where it is, and which standard and requirement it touches."""

    label: str
    unit: Unit | None = None
    standard_id: int | None = None
    requirement_code: str = ""
    url: str = ""
    clause_id: int | None = None
    origin: str = "person"


Provider = Callable[[str, str, Any], About | None]
_providers: dict[str, Provider] = {}


def provide(kind: str, provider: Provider) -> None:
    """`provider(kind, id, person)`: the record if this person may see it, else None or NotPermitted."""
    _providers[kind] = provider


def about(reference: str, person: Any) -> About | None:
    """`standard:7:R2` → what it is. None for an empty reference; NotFound for one that leads nowhere."""
    if not reference:
        return None
    kind, _colon, rest = reference.partition(":")
    provider = _providers.get(kind)
    found = provider(kind, rest, person) if provider and len(rest) <= 120 else None
    if found is None:
        raise NotFound
    return found


def _standard(_kind: str, rest: str, person: Any) -> About | None:
    number, _colon, code = rest.partition(":")
    found = number_or_none(number)
    standard = session.get(Standard, found) if found is not None else None
    if standard is None:
        return None
    access.require(person, standards_permissions.SEE, what=standard.code)
    requirement = queries.find_requirement(standard.id, code)
    label = f"{standard.code} {standard.title}"
    if requirement is not None:
        label = f"{standard.code} {requirement.code}: {requirement.statement or standard.title}"
    from improvement.links import standard_url

    return About(
        label, standard.unit, standard.id, requirement.code if requirement else "", standard_url(standard.id)
    )


def _clause(_kind: str, rest: str, _person: Any) -> About | None:
    number, _colon, standard_number = rest.partition(":")
    clause = queries.find_clause(number_or_none(number))
    if clause is None:
        return None
    standard = find_standard(number_or_none(standard_number))
    from improvement.links import clause_url

    return About(
        _(
            "%(framework)s, clause %(number)s %(title)s",
            framework=clause.framework.designation or clause.framework.short,
            number=clause.number,
            title=clause.title,
        ),
        standard.unit if standard else None,
        standard.id if standard else None,
        url=clause_url(clause),
        clause_id=clause.id,
    )


provide("standard", _standard)
provide("clause", _clause)
