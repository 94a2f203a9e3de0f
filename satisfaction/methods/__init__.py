"""The satisfaction engine: answers in, figures out. Files and arrays alone; no Flask, no database.

A method is a module (or package) here with

    analyse(data: Answers | None, spec: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]

`spec` is the plain content of the specification, `options` what the command line or a page set beside it
(`bootstrap`, `seed`, `plsc`, …; a key may be absent). The result holds the method's keys with `variant`, `n_used`,
`n_dropped` ({"count", "reasons": {code: count}}) and, where chance is used, `seed`; `notes` is a list of
Sentence. What is undefined is None. The door (satisfaction/methods/door.py) adds `method`, `input_sha256` and
`engine_version`.
"""

import importlib
from collections.abc import Callable
from typing import Any

#: raise it when the same input may give another figure
ENGINE_VERSION = "1.0"

#: method → does it take DATA: "data" always, "either" when the specification may hold the figures, "spec" never
METHODS = {
    "pls": "data",
    "reliability": "data",
    "servqual": "data",
    "kano": "data",
    "ipa": "data",
    "score": "data",
    "hierarchy": "spec",
    "ahp": "spec",
    "fuzzy": "spec",
    "transition": "either",
    "sample": "either",
    "estimate": "data",
    "chart": "either",
    "effect": "either",
    "power": "spec",
    "agreement": "data",
}

#: method → the options it takes; any other is refused
OPTIONS: dict[str, tuple[str, ...]] = {
    "pls": ("bootstrap", "seed", "plsc", "groups", "scores"),
    "sample": ("seed",),
    "agreement": ("bootstrap", "seed"),
}

Analyse = Callable[[Any, dict[str, Any], dict[str, Any]], dict[str, Any]]


def load(method: str) -> Analyse:
    """The method's `analyse`; its module is imported now, and NumPy or SciPy with it."""
    if method not in METHODS:
        raise KeyError(method)
    found: Analyse = importlib.import_module(f"satisfaction.methods.{method}").analyse
    return found
