"""How far the clauses of frameworks are answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.charts.specs.parts import Spec, whole
from core.i18n import _


def coverage_bars(rows: Sequence[tuple[str, dict[str, int]]], *, step: int = 34) -> Spec:
    """How far the clauses of several frameworks are answered: one bar a framework, parts with their counts.

    `rows` is (name, {"full": …, "part": …, "none": …, "na": …}); counts of clauses, all bars from 0.
    """
    if not rows or len(rows) > 60:
        raise ValueError(f"between 1 and 60 frameworks can be drawn, got {len(rows)}")
    words = {
        "full": _("Addressed"),
        "part": _("Partly addressed"),
        "none": _("Not addressed"),
        "na": _("Not applicable"),
    }
    values: list[dict[str, Any]] = []
    for name, counts in rows:
        unknown = sorted(set(counts) - set(words))
        if unknown:
            raise ValueError(f"{name}: coverage has no part called {', '.join(unknown)}")
        start = 0
        for order, (part, word) in enumerate(words.items()):
            count = counts.get(part, 0)
            if count < 0:
                raise ValueError(f"{name}: a count cannot be negative, {part} is {count}")
            if count:
                middle = start + count / 2
                values.append(
                    {
                        "name": name,
                        "part": word,
                        "order": order,
                        "count": count,
                        "from": start,
                        "to": start + count,
                        "at": middle,
                    }
                )
            start += count
    y = {
        "field": "name",
        "type": "nominal",
        "sort": [name for name, _counts in rows],
        "title": None,
        "axis": {
            "domain": False,
            "ticks": False,
            "labelColor": "token:ink",
            "labelLimit": 260,
            "grid": False,
        },
    }
    x = {
        "type": "quantitative",
        "title": _("Clauses"),
        "axis": {"tickMinStep": 1, "tickCount": 8, "grid": True},
    }
    layers: list[Spec] = [
        {
            "mark": {"type": "bar", "height": 18, "stroke": "token:surface", "strokeWidth": 1},
            "encoding": {
                "y": y,
                "x": {**x, "field": "from"},
                "x2": {"field": "to"},
                "color": {
                    "field": "part",
                    "type": "nominal",
                    "sort": list(words.values()),
                    "scale": {
                        "domain": list(words.values()),
                        "range": ["token:good", "token:edge", "token:bad", "token:line-2"],
                    },
                    "legend": {
                        "title": None,
                        "orient": "top",
                        "symbolType": "square",
                        "columns": 2,
                    },
                },
                "tooltip": [
                    {"field": "name", "title": _("Framework")},
                    {"field": "part", "title": _("State")},
                    {"field": "count", "title": _("Clauses")},
                ],
            },
        },
        {
            "mark": {"type": "text", "fontSize": 11.5, "baseline": "middle"},
            "encoding": {
                "y": y,
                "x": {**x, "field": "at"},
                "text": {"field": "count"},
                "color": {
                    "condition": {"test": "datum.order === 3", "value": "token:ink"},
                    "value": "token:surface",
                },
            },
        },
    ]
    return whole(values, layers, step * len(rows))
