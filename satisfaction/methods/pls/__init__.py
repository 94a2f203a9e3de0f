"""PLS path models of satisfaction: ACSI, ECSI, CCSI and models of one's own."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.lazytext import _l
from satisfaction.methods.answers import Answers, Refusal
from satisfaction.methods.pls.analysis import analyse_sample
from satisfaction.methods.pls.groups import analyse_groups
from satisfaction.methods.pls.sample import read_sample
from satisfaction.methods.pls.settings import read_settings

__all__ = ["analyse"]


def analyse(data: Answers, spec: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Estimate a PLS path model.

    data: a column for each item, answers as metric numbers, one row a respondent. spec: constructs, paths or template
    and settings (docs/guide). options: bootstrap (resamples), seed, plsc, groups, scores; each wins over the entry of
    the same name in spec. The result is told in docs/guide/en/methods/pls.md; indices and scores run from 0 to 100.

    Raises Refusal naming the parameter, construct, column, row or group that is wrong. Sources: Wold (1982),
    Lohmöller (1989), Fornell et al. (1996), Tenenhaus et al. (2005), Henseler, Ringle and Sarstedt (2015), Dijkstra
    and Henseler (2015).
    """
    settings = read_settings(spec, options)
    if settings.groups is not None and settings.resample_rows is not None:
        raise Refusal(
            _l("“%(field)s” counts rows of all data and cannot be used together with “groups”."),
            field="resample_rows",
        )
    result = analyse_sample(read_sample(data, settings)).result
    if settings.groups is not None:
        groups, comparisons, notes = analyse_groups(data, replace(settings, scores=False), result["notes"])
        result |= {"groups": groups, "group_differences": comparisons}
        result["notes"] += notes
    return result
