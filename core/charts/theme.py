"""Colours and type of charts.

A specification names colours as "token:good"; the page replaces them with the values of plumbline.css at that moment
(so the theme toggle works), paper with the light values here. A test holds both lists together.
"""

from __future__ import annotations

from typing import Any, Final

LIGHT: Final[dict[str, str]] = {
    "paper": "#f5f7f6",
    "surface": "#ffffff",
    "sunken": "#edf1f0",
    "line": "#dce3e2",
    "line-2": "#b4c1c1",
    "ink": "#12242a",
    "ink-2": "#435459",
    "ink-3": "#5a6a6f",
    "accent": "#0d5c63",
    "good": "#0b6a52",
    "good-soft": "#dff0ea",
    "edge": "#7a5200",
    "edge-soft": "#faedd0",
    "bad": "#a5301a",
    "bad-soft": "#fae5de",
    "few": "#55646a",
    "few-soft": "#e7ecec",
    "info": "#28548c",
    "info-soft": "#e4edf7",
}
DARK: Final[dict[str, str]] = {
    "paper": "#0e1618",
    "surface": "#152023",
    "sunken": "#1c2a2e",
    "line": "#2a3a3e",
    "line-2": "#44575c",
    "ink": "#e3ebec",
    "ink-2": "#b3c1c4",
    "ink-3": "#95a6aa",
    "accent": "#6cc3c3",
    "good": "#5cc9a3",
    "good-soft": "#12352c",
    "edge": "#e0b45c",
    "edge-soft": "#372a10",
    "bad": "#f09a80",
    "bad-soft": "#401d14",
    "few": "#a3b2b6",
    "few-soft": "#223034",
    "info": "#8cb6ec",
    "info-soft": "#182b44",
}

CONFIG: Final[dict[str, Any]] = {
    "background": "transparent",
    "font": "token:font",
    "view": {"stroke": None},
    "axis": {
        "domainColor": "token:line-2",
        "gridColor": "token:line",
        "tickColor": "token:line-2",
        "labelColor": "token:ink-3",
        "labelFontSize": 12,
        "titleColor": "token:ink-3",
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelPadding": 6,
    },
    "axisX": {"grid": False, "labelFlush": True},
    "axisY": {"domain": False, "ticks": False, "grid": True},
    "text": {"color": "token:ink-2", "fontSize": 12, "font": "token:font"},
    "line": {"color": "token:ink-2", "strokeWidth": 1.5},
    "rule": {"color": "token:ink"},
    "legend": {"labelColor": "token:ink-2", "titleColor": "token:ink-3", "labelFontSize": 12},
}


def themed(spec: Any, values: dict[str, str]) -> Any:
    """A copy of the specification with every "token:…" replaced. An unknown token is an error."""
    if isinstance(spec, str) and spec.startswith("token:"):
        return values[spec.removeprefix("token:")]
    if isinstance(spec, dict):
        return {key: themed(value, values) for key, value in spec.items()}
    if isinstance(spec, list):
        return [themed(value, values) for value in spec]
    return spec
