"""The same model in each group of respondents, and how far the groups' paths lie apart."""

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

MOST_GROUPS: Final = 100

#: the same for every group, so they stand once, above the groups
_SHARED: Final = ("variant", "template", "index_variant", "f2_variants", "htmt_variants", "seed")

#: above it, pairs of groups are not compared: 190 comparisons of every path help nobody
_MOST_COMPARED: Final = 20


def analyse_groups(
    data: Answers, settings: Settings
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], int]:
    """Groups in alphabetical order, comparisons of their paths, and the number of respondents without a group.

    A group that cannot be analysed has `refused` with the reason in place of figures. Raises Refusal when the column
    is absent or holds too many groups.
    """
    assert settings.groups is not None
    texts = data.texts(settings.groups, missing=settings.missing_codes)
    members: dict[str, list[int]] = {}
    nobody = 0
    for row, text in enumerate(texts):
        if text is None:
            nobody += 1
        else:
            members.setdefault(str(text), []).append(row)
    if not members:
        raise Refusal(_l("Column “%(field)s” holds no group."), field=settings.groups)
    if len(members) > MOST_GROUPS:
        raise Refusal(
            _l("Column “%(field)s” holds %(count)s different groups; at most %(most)s are taken."),
            field=settings.groups,
            count=len(members),
            most=MOST_GROUPS,
        )
    told: list[dict[str, Any]] = []
    analyses: dict[str, Analysis] = {}
    for name in sorted(members):
        rows = np.array(members[name], dtype=np.intp)
        try:
            found = analyse_sample(read_sample(data.take(rows), settings))
        except Refusal as refusal:
            reason = Sentence(_l("Group “%(group)s”: %(reason)s"), group=name, reason=refusal.sentence)
            told.append({"group": name, "rows": len(rows), "refused": reason})
            continue
        analyses[name] = found
        own = {key: value for key, value in found.result.items() if key not in _SHARED}
        told.append({"group": name, "rows": len(rows), **own})
    return told, _compared(analyses, settings), nobody


def _compared(analyses: dict[str, Analysis], settings: Settings) -> list[dict[str, Any]]:
    """Differences of path coefficients between groups; intervals from pairs of independent resamples."""
    if len(analyses) > _MOST_COMPARED:
        return []
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
