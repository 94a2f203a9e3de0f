"""Nobody audits their own work: what counts as a doubt, and when a written safeguard may settle it.

Guidance on auditing asks for independence "where practicable": a small organisation may let somebody audit a matter
they once had a hand in when it says how bias is kept out. Who answers for the unit, or owns the audited standard
today, would judge themselves; no safeguard settles that.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.lazytext import _l

MONTHS_MOST = 120


class Doubt(StrEnum):
    heads = "heads"
    owns = "owns"
    part = "part"
    headed = "headed"
    works = "works"
    authored = "authored"
    approved = "approved"
    acted = "acted"

    @property
    def refuses(self) -> bool:
        """No safeguard settles it."""
        return self in {Doubt.heads, Doubt.owns}

    @property
    def sentence(self) -> Any:
        return SENTENCES[self]


SENTENCES: dict[Doubt, Any] = {
    Doubt.heads: _l("answers for %(what)s as process owner"),
    Doubt.owns: _l("owns %(what)s"),
    Doubt.part: _l("answers for %(what)s, a part of it, as process owner"),
    Doubt.headed: _l("answered for %(what)s as process owner until lately"),
    Doubt.works: _l("works in %(what)s"),
    Doubt.authored: _l("wrote %(what)s"),
    Doubt.approved: _l("approved %(what)s"),
    Doubt.acted: _l("carried out the action of %(what)s"),
}


@dataclass(frozen=True)
class Reason:
    """Why a person may not be independent. `code` names the unit, standard or ticket, `what` says it in words;
    `when` is a day or empty."""

    doubt: Doubt
    code: str
    what: str = ""
    when: str = ""

    @property
    def key(self) -> str:
        """What a safeguard is written for; another one needs another safeguard."""
        return f"{self.doubt}:{self.code}"

    @property
    def text(self) -> str:
        said: str = self.doubt.sentence % {"what": self.what or self.code}
        return f"{said} ({self.when})" if self.when else said


def unsettled(reasons: list[Reason], accepted: list[str]) -> list[Reason]:
    """Reasons that no written safeguard covers, or none can."""
    return [item for item in reasons if item.doubt.refuses or item.key not in accepted]
