"""Two versions side by side: requirement by requirement, texts with the words that came and went."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

Mark = Literal["same", "ins", "del"]
Piece = tuple[Mark, str]
# words, numbers, single characters of Chinese, runs of spaces, single signs
_TOKEN = re.compile(r"[㐀-鿿豈-﫿]|[^\W㐀-鿿豈-﫿]+|\s+|[^\w\s]")


def words(text: str) -> list[str]:
    return _TOKEN.findall(text)


def differences(before: str, after: str) -> list[Piece]:
    """The text after, with what came and what went; joined again without `del` it is `after` exactly."""
    a, b = words(before), words(after)
    made: list[Piece] = []

    def add(mark: Mark, tokens: Sequence[str]) -> None:
        text = "".join(tokens)
        if not text:
            return
        if made and made[-1][0] == mark:
            made[-1] = (mark, made[-1][1] + text)
        else:
            made.append((mark, text))

    for verb, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if verb == "equal":
            add("same", a[a1:a2])
        else:
            add("del", a[a1:a2])
            add("ins", b[b1:b2])
    return made


@dataclass(frozen=True)
class FieldChange:
    name: str
    before: str
    after: str

    @property
    def pieces(self) -> list[Piece]:
        return differences(self.before, self.after)


@dataclass(frozen=True)
class RequirementChange:
    """`kind` is added, removed, changed, moved or same; `fields` only for changed ones."""

    code: str
    kind: Literal["added", "removed", "changed", "moved", "same"]
    before: Any
    after: Any
    fields: tuple[FieldChange, ...] = ()


def compare(
    before: Sequence[tuple[str, Any, Mapping[str, str]]], after: Sequence[tuple[str, Any, Mapping[str, str]]]
) -> list[RequirementChange]:
    """(code, row, texts by field) of both versions; in the order of the later one, removed ones where they stood.

    A requirement is "moved" when only its place among those that both versions have is another.
    """
    old = {code: (row, texts) for code, row, texts in before}
    new = {code: (row, texts) for code, row, texts in after}
    kept_before = [code for code, _row, _texts in before if code in new]
    kept_after = [code for code, _row, _texts in after if code in old]
    in_place = _unmoved(kept_before, kept_after)
    made: list[RequirementChange] = []
    for code, row, texts in after:
        if code not in old:
            made.append(RequirementChange(code, "added", None, row))
            continue
        former, former_texts = old[code]
        fields = tuple(
            FieldChange(name, former_texts.get(name, ""), texts.get(name, ""))
            for name in dict.fromkeys([*texts, *former_texts])
            if former_texts.get(name, "") != texts.get(name, "")
        )
        kind: Literal["changed", "moved", "same"] = (
            "changed" if fields else "same" if code in in_place else "moved"
        )
        made.append(RequirementChange(code, kind, former, row, fields))
    for place, (code, row, _texts) in enumerate(before):
        if code not in new:
            made.insert(min(place, len(made)), RequirementChange(code, "removed", row, None))
    return made


def _unmoved(before: list[str], after: list[str]) -> set[str]:
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    return {code for block in blocks for code in before[block.a : block.a + block.size]}
