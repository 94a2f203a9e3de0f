"""Gates: what must be true before a step is taken; each line says what is missing and who can supply it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Condition:
    """One line of a gate. `detail` stands at the right when met, `missing` below when not; `who` can supply it.

    `form` says that the step's own form supplies it, so it does not hold the button back.
    """

    key: str
    label: Any
    met: bool
    detail: Any = ""
    missing: Any = ""
    who: Any = ""
    form: bool = False


def passed(conditions: Iterable[Condition]) -> bool:
    return all(item.met or item.form for item in conditions)
