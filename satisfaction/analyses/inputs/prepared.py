"""What is handed to the engine: columns, specification, options; and how columns are taken from a wave."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.i18n import force_locale
from core.lazytext import _l
from satisfaction.methods.refusal import Refusal
from satisfaction.models import Wave
from satisfaction.rules.items import Kind, key_of


@dataclass(slots=True)
class Prepared:
    """columns: name → answers. hidden: values of the group column that are withheld as a whole; withheld: how many
    groups these are.

    respondents: whose answers stand behind the specification, where the engine is handed counts instead of columns.
    """

    columns: dict[str, Any] | None
    spec: dict[str, Any]
    options: dict[str, Any] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)
    answers: int = 0
    hidden: frozenset[str] = frozenset()
    withheld: int = 0
    respondents: int = 0


Builder = Callable[[Any, Wave, Mapping[str, Any], Any], Prepared]


def items_of(sheet: Any, codes: Any) -> list[Any]:
    wanted = set(codes)
    return [item for item in sheet.items if item.code in wanted]


def column(sheet: Any, item: Any, part: str, least: int) -> Any:
    """Answers of one item with enough of them, turned round where the question was asked that way."""
    import numpy as np

    kind = Kind(item.kind)
    values = sheet.values(key_of(item.code, part), reverse=item.reverse and kind != Kind.kano)
    count = int((~np.isnan(values)).sum())
    if count < least:
        raise Refusal(
            _l("“%(field)s” has %(count)s answers; figures appear from %(least)s on."),
            field=item.code,
            count=count,
            least=least,
        )
    return values


def rated_part(item: Any) -> str:
    return "p" if item.kind == Kind.servqual else ""


def both(word: Callable[[], str]) -> dict[str, str]:
    made = {}
    for language in ("en", "zh"):
        with force_locale(language):
            made[language] = str(word())[:120]
    return made


def weights_of(sheet: Any, asked: Mapping[str, Any]) -> Any:
    """The case weights that were asked for, None without: those of the answers, or a column of numbers beside them."""
    from satisfaction import sheet as sheets

    key = asked.get("weights", "wave" if sheet.weighted else "")
    if not key:
        return None
    found = sheets.weightings(sheet).get(key)
    if found is None:
        raise Refusal(_l("The answers bear no weights “%(field)s” any more."), field=str(key))
    return found
