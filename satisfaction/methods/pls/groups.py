"""The same model in each group of respondents, and how far the groups' paths lie apart."""

from dataclasses import replace
from itertools import combinations
from typing import Any, Final

import numpy as np

from core.lazytext import _l
from satisfaction.methods.answers import Answers, Refusal, Sentence
from satisfaction.methods.pls.analysis import Analysis, analyse_sample
from satisfaction.methods.pls.bootstrap import summary
from satisfaction.methods.pls.sample import read_sample
from satisfaction.methods.pls.settings import Settings
from satisfaction.methods.pls.telling import number
from satisfaction.methods.weighting import too_few

MOST_GROUPS: Final = 100

#: the same for every group, so they stand once, above the groups
_SHARED: Final = ("variant", "template", "index_variant", "f2_variants", "htmt_variants", "seed", "notes")

#: above it, pairs of groups are not compared: 190 comparisons of every path help nobody
_MOST_COMPARED: Final = 20


def analyse_groups(
    data: Answers, settings: Settings, said: list[Sentence]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[Sentence]]:
    """Groups in alphabetical order, comparisons of their paths, and notes that were not `said` of all together.

    A group that cannot be analysed has `refused` with the reason in place of figures; one below the settings' `min_cell`
    is withheld with its size. Raises Refusal when the column
    is absent or holds too many groups.
    """
    members, notes = _members(data, settings)
    told: list[dict[str, Any]] = []
    analyses: dict[str, Analysis] = {}
    for stream, name in enumerate(sorted(members), 1):
        rows = np.array(members[name], dtype=np.intp)
        if len(rows) < settings.min_cell:
            told.append(
                {
                    "group": name,
                    "rows": None,
                    "withheld": True,
                    "refused": _of(name, too_few(settings.min_cell)),
                }
            )
            continue
        try:
            found = analyse_sample(read_sample(data.take(rows), replace(settings, stream=stream)))
        except Refusal as refusal:
            told.append({"group": name, "rows": len(rows), "refused": _of(name, refusal.sentence)})
            continue
        notes += [_of(name, note) for note in found.result["notes"] if note not in said]
        own = {key: value for key, value in found.result.items() if key not in _SHARED}
        told.append({"group": name, "rows": len(rows), **own})
        if len(members) <= _MOST_COMPARED:
            if found.draws:  # the rest has been told, and of many groups it is much
                found.draws.figures = {"paths": found.draws.figures["paths"]}
            analyses[name] = found
    return told, _compared(analyses, settings), notes


def _of(group: str, sentence: Sentence) -> Sentence:
    return Sentence(_l("Group “%(group)s”: %(reason)s"), group=group, reason=sentence)


def _members(data: Answers, settings: Settings) -> tuple[dict[str, list[int]], list[Sentence]]:
    """Group → its rows; and a note when some belong to none."""
    column = settings.groups or ""
    members: dict[str, list[int]] = {}
    nobody = 0
    for row, text in enumerate(data.texts(column, missing=settings.missing_codes)):
        if text is None:
            nobody += 1
        else:
            members.setdefault(str(text), []).append(row)
    if not members:
        raise Refusal(_l("Column “%(field)s” holds no group."), field=column)
    if len(members) > MOST_GROUPS:
        raise Refusal(
            _l("Column “%(field)s” holds %(count)s different groups; at most %(most)s are taken."),
            field=column,
            count=len(members),
            most=MOST_GROUPS,
        )
    if not nobody:
        return members, []
    note = Sentence(
        _l("Respondents without an entry in “%(column)s”: %(count)s. They belong to no group."),
        count=nobody,
        column=column,
    )
    return members, [note]


def _compared(analyses: dict[str, Analysis], settings: Settings) -> list[dict[str, Any]]:
    """Differences of path coefficients between groups; intervals from pairs of independent resamples."""
    model = settings.model
    made = []
    for first, second in combinations(analyses, 2):
        one, other = analyses[first], analyses[second]
        if not (one.result["converged"] and other.result["converged"]):
            continue
        differences = [
            one.result["paths"][model.path_name(path)] - other.result["paths"][model.path_name(path)]
            for path in model.paths
        ]
        entry: dict[str, Any] = {
            "groups": [first, second],
            "paths": {
                model.path_name(path): {"difference": difference}
                for path, difference in zip(model.paths, differences, strict=True)
            },
        }
        if one.draws and other.draws and min(one.draws.used, other.draws.used) > 1:
            _intervals(entry, one, other, np.array(differences), settings)
        made.append(entry)
    return made


def _intervals(
    entry: dict[str, Any], one: Analysis, other: Analysis, differences: Any, settings: Settings
) -> None:
    assert one.draws
    assert other.draws
    many = min(one.draws.used, other.draws.used)
    draws = one.draws.figures["paths"][:, :many] - other.draws.figures["paths"][:, :many]
    found = summary(differences, draws, settings.confidence)
    for place, told in enumerate(entry["paths"].values()):
        told |= {
            "se": number(found.se[place]),
            "t": number(found.t[place]),
            "p": number(found.p[place]),
            "ci": [float(found.low[place]), float(found.high[place])],
        }
