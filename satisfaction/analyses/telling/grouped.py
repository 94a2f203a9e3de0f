"""What an analysis says of its groups: tables with a column for each group, a small picture of each."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.charts.specs.parts import Spec
from core.i18n import _, format_number, pick
from satisfaction.analyses.telling.parts import Cell, Context, Small, Smalls, Table, Told
from satisfaction.methods.refusal import Sentence

#: columns that fit beside each other on a page
COLUMNS_MOST: Final = 6
SMALLS_MOST: Final = 12


@dataclass(frozen=True, slots=True)
class Group:
    word: str
    n: int
    body: Mapping[str, Any]


def word_of(context: Context, name: str) -> str:
    words = context.names.get("groups", {}).get(name, {})
    return pick(words.get("en"), words.get("zh")) or name


def groups_of(result: Mapping[str, Any], context: Context) -> list[Group]:
    """The groups that have figures."""
    return [
        Group(word_of(context, each["group"]), int(each.get("n") or each.get("n_used") or 0), each)
        for each in result.get("groups") or ()
        if not (each.get("withheld") or each.get("refused"))
    ]


def add(
    told: Told,
    result: Mapping[str, Any],
    context: Context,
    first: str,
    rows: Iterable[tuple[Cell, Any]],
    cell: Callable[[Mapping[str, Any], Any], Cell],
    *,
    title: str = "",
    small: Callable[[Group], Spec | None] | None = None,
    says: tuple[str, str, str] = ("", "", ""),
) -> list[Group]:
    """Tables of the groups, and a picture of each where `small` draws one; gives back the groups that have figures.

    rows: first cell and key; cell: what a group says of the key. says: title, description and foot of the pictures.
    """
    found = groups_of(result, context)
    if not result.get("groups") and not result.get("groups_withheld"):
        return found
    lines = list(rows)
    title = title or _("By groups: %(what)s", what=context.named("by"))
    parts = [found[start : start + COLUMNS_MOST] for start in range(0, len(found), COLUMNS_MOST)]
    for place, part in enumerate(parts, 1):
        told.tables.append(
            Table(
                title if len(parts) == 1 else f"{title} ({place}/{len(parts)})",
                [first, *(f"{group.word}, n = {format_number(group.n)}" for group in part)],
                [[label, *(cell(group.body, key) for group in part)] for label, key in lines],
                _left_out(result, context) if place == len(parts) else "",
            )
        )
    if not parts:
        told.tables.append(
            Table(title, [first], [[Cell(_("No group has enough answers."))]], _left_out(result, context))
        )
    if small is not None and len(found) > 1:
        drawn = [
            Small(group.word, spec, _numbers(first, group, lines, cell))
            for group in found[:SMALLS_MOST]
            if (spec := small(group))
        ]
        if drawn:
            told.smalls = Smalls(*says, drawn)
    return found


def _numbers(
    first: str, group: Group, rows: list[tuple[Cell, Any]], cell: Callable[[Mapping[str, Any], Any], Cell]
) -> dict[str, list[Any]]:
    def words(one: Cell) -> str:
        return f"{one.text} ({one.small})" if one.small else one.text

    return {
        "header": [first, group.word],
        "rows": [[label.text, words(cell(group.body, key))] for label, key in rows],
    }


def _left_out(result: Mapping[str, Any], context: Context) -> str:
    said = [
        f"{word_of(context, each['group'])}: {_sentence(each.get('reason') or each['refused'])}"
        for each in result.get("groups") or ()
        if each.get("withheld") or each.get("refused")
    ]
    if hidden := result.get("groups_withheld"):
        said.append(_("Groups too small to be shown: %(num)s.", num=hidden))
    return " ".join(said)


def _sentence(told: Mapping[str, Any]) -> str:
    found = Sentence.from_dict(dict(told))
    inner = found.values.get("reason")  # “Group g1: why” says the name of ours
    return str(inner if isinstance(inner, Sentence) else found)


def ends_of(
    groups: Sequence[Group], values: Callable[[Mapping[str, Any]], Iterable[float]]
) -> tuple[float, float]:
    """What the axes of all groups must hold."""
    found = [each for group in groups for each in values(group.body)]
    return min(found), max(found)


def apart(
    groups: Sequence[Group], value: Callable[[Mapping[str, Any]], float | None]
) -> tuple[Group, Group] | None:
    """The groups with the highest and the lowest value."""
    known = [(found, group) for group in groups if (found := value(group.body)) is not None]
    if len(known) < 2:
        return None
    ordered = sorted(known, key=lambda pair: pair[0])
    return ordered[-1][1], ordered[0][1]
