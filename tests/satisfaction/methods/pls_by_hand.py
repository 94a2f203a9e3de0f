"""PLS path models the slow way, from respondents' scores, and small answers to try them on."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CONSTRUCTS = {
    "Image": ["i1", "i2", "i3"],
    "Quality": ["q1", "q2", "q3"],
    "Value": ["v1", "v2"],
    "Loyalty": ["l1", "l2"],
}
PATHS = [
    ["Image", "Quality"],
    ["Image", "Value"],
    ["Quality", "Value"],
    ["Quality", "Loyalty"],
    ["Value", "Loyalty"],
]


def model(mode: str | Mapping[str, str] = "A", **more: Any) -> dict[str, Any]:
    modes = dict.fromkeys(CONSTRUCTS, mode) if isinstance(mode, str) else mode
    return {
        "constructs": {
            name: {"items": items, "mode": modes.get(name, "A")} for name, items in CONSTRUCTS.items()
        },
        "paths": [list(path) for path in PATHS],
        "scale": [1, 10],
    } | more


def answers(n: int = 120, seed: int = 4) -> dict[str, Floats]:
    """Whole numbers from 1 to 10 of people who are alike in image, quality, value and loyalty."""
    random = np.random.default_rng(seed)
    image = random.normal(size=n)
    quality = 0.6 * image + random.normal(size=n)
    value = 0.3 * image + 0.5 * quality + random.normal(size=n)
    loyalty = 0.4 * quality + 0.4 * value + random.normal(size=n)
    sources = {"i": image, "q": quality, "v": value, "l": loyalty}
    made = {}
    for items in CONSTRUCTS.values():
        for item in items:
            wide = 0.9 + 0.3 * int(item[1])
            made[item] = np.clip(np.round(6 + wide * (sources[item[0]] + 0.7 * random.normal(size=n))), 1, 10)
    return made


def by_hand(
    columns: Mapping[str, Sequence[float] | Floats],
    constructs: Mapping[str, Sequence[str]],
    paths: Sequence[Sequence[str]],
    *,
    scheme: str = "path",
    standardise: bool = True,
    modes: Mapping[str, str] | None = None,
) -> tuple[dict[str, dict[str, float]], dict[str, float], dict[str, float]]:
    """Weights, path coefficients and R², from scores of each respondent and least squares in each step."""
    x = {item: np.asarray(columns[item], dtype=float) for items in constructs.values() for item in items}
    x = {item: each - each.mean() for item, each in x.items()}
    if standardise:
        x = {item: each / each.std(ddof=1) for item, each in x.items()}
    blocks = {name: np.column_stack([x[item] for item in items]) for name, items in constructs.items()}
    weights = {name: np.ones(block.shape[1]) for name, block in blocks.items()}
    weights, scores = _scaled(blocks, weights)
    for _ in range(2_000):
        before = {name: np.abs(each) for name, each in weights.items()}
        fresh = {}
        for name, block in blocks.items():
            inner = np.zeros(len(block))
            causes = [start for start, end in paths if end == name]
            effects = [end for start, end in paths if start == name]
            if scheme == "path":
                if causes:
                    table = np.column_stack([scores[each] for each in causes])
                    inner += table @ np.linalg.lstsq(table, scores[name], rcond=None)[0]
                causes = []
            for each in causes + effects:
                r = float(np.corrcoef(scores[name], scores[each])[0, 1])
                inner += (np.sign(r) if scheme == "centroid" else r) * scores[each]
            if (modes or {}).get(name, "A") == "A":
                fresh[name] = block.T @ inner
            else:
                fresh[name] = np.linalg.lstsq(block, inner, rcond=None)[0]
        weights, scores = _scaled(blocks, fresh)
        if max(float(np.max(np.abs(np.abs(weights[name]) - before[name]))) for name in weights) < 1e-13:
            break
    for name, block in blocks.items():
        loadings = [float(np.corrcoef(column, scores[name])[0, 1]) for column in block.T]
        if sum(loadings) < 0:
            weights[name], scores[name] = -weights[name], -scores[name]
    told: dict[str, float] = {}
    r2: dict[str, float] = {}
    for name in constructs:
        causes = [start for start, end in paths if end == name]
        if causes:
            table = np.column_stack([scores[each] for each in causes])
            coefficients = np.linalg.lstsq(table, scores[name], rcond=None)[0]
            told |= {
                f"{start}->{name}": float(each) for start, each in zip(causes, coefficients, strict=True)
            }
            left = scores[name] - table @ coefficients
            r2[name] = 1 - float(left @ left) / float(scores[name] @ scores[name])
    named = {
        name: dict(zip(items, weights[name].tolist(), strict=True)) for name, items in constructs.items()
    }
    return named, told, r2


def _scaled(
    blocks: Mapping[str, Floats], weights: Mapping[str, Floats]
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    sizes = {name: (block @ weights[name]).std(ddof=1) for name, block in blocks.items()}
    scaled = {name: weights[name] / sizes[name] for name in blocks}
    return scaled, {name: block @ scaled[name] for name, block in blocks.items()}
