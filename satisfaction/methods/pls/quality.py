"""How good the measurement is: reliability, discriminant validity, collinearity, and consistent PLS.

Arrays as in core.py: the last axis counts the samples. `weights` here are those on standardised columns.
"""

from dataclasses import dataclass

import numpy as np

from satisfaction.methods.answers import Bools, Floats
from satisfaction.methods.pls.core import Causes, Paths, total_effects
from satisfaction.methods.pls.linear import every, invert
from satisfaction.methods.pls.model import Ints, Model

#: corrected correlations may have an eigenvalue this much below zero by rounding alone
_ROUNDING = 1e-10


def rho_a(model: Model, correlations: Floats, weights: Floats) -> Floats:
    """Reliability of each construct's score, (J, B); 1 for one column and for composites, NaN where undefined.

    ρ_A = (w'w)² · w'(S - diag S)w / w'(ww' - diag ww')w. Dijkstra and Henseler (2015), Consistent partial least
    squares path modeling, MIS Quarterly 39(2).
    """
    made = np.ones((len(model.blocks), correlations.shape[-1]))
    for number, span in enumerate(model.spans):
        if not model.factors[number]:
            continue
        w, block = weights[span], correlations[span, span]
        squares = w**2
        length = squares.sum(axis=0)
        off = (w[:, None] * w * block).sum(axis=(0, 1)) - (squares * block[_diagonal(len(w))]).sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            made[number] = length**2 * off / (length**2 - (squares**2).sum(axis=0))
    return made


def _diagonal(size: int) -> tuple[Ints, Ints]:
    each = np.arange(size)
    return each, each


def alpha(model: Model, moments: Floats) -> Floats:
    """Cronbach's (1951) alpha of each construct, (J, B): raw from covariances, standardised from correlations.

    k/(k - 1) · (1 - Σ variances / variance of the sum); 1 for one column, NaN when the sum does not vary.
    """
    made = np.ones((len(model.blocks), moments.shape[-1]))
    for number, span in enumerate(model.spans):
        size = span.stop - span.start
        if size > 1:
            block = moments[span, span]
            total = block.sum(axis=(0, 1))
            own = block[_diagonal(size)].sum(axis=0)
            none = total <= 1e-12 * own
            made[number] = size / (size - 1) * (1 - own / np.where(none, np.nan, total))
    return made


def composite_reliability(model: Model, loadings: Floats) -> tuple[Floats, Floats]:
    """ρ_C (Werts, Linn and Jöreskog 1974) and AVE (Fornell and Larcker 1981), each (J, B), from loadings (p, B)."""
    squares = loadings**2
    sums = np.add.reduceat(loadings, model.starts, axis=0) ** 2
    errors = np.add.reduceat(1 - squares, model.starts, axis=0)
    sizes = np.array([len(block) for block in model.blocks])[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        return sums / (sums + errors), np.add.reduceat(squares, model.starts, axis=0) / sizes


def htmt(model: Model, correlations: Floats, pairs: tuple[Ints, Ints], *, absolute: bool = True) -> Floats:
    """Heterotrait-monotrait ratio of each pair of constructs, (pairs, B); NaN where undefined.

    Mean correlation between two blocks over the geometric mean of the mean correlations within them; a single column
    counts as 1. Henseler, Ringle and Sarstedt (2015), Journal of the Academy of Marketing Science 43(1). absolute:
    of absolute correlations; else signed, undefined when a mean within a block is not positive.
    """
    used = np.abs(correlations) if absolute else correlations
    p, many, size = len(model.owner), correlations.shape[-1], len(model.blocks)
    member = (model.owner == np.arange(size)[:, None]).astype(np.float64)
    rows = (member @ used.reshape(p, -1)).reshape(size, p, many)
    sums = np.einsum("jpb,kp->jkb", rows, member, optimize=True)
    counts = member.sum(axis=1)
    own = sums[_diagonal(size)] - counts[:, None]
    alone = counts == 1
    within = own / np.where(alone, 1.0, counts * (counts - 1))[:, None]
    within[alone] = 1.0
    first, second = pairs
    between = sums[first, second] / (counts[first] * counts[second])[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        product = within[first] * within[second]
        valid = (within[first] > 0) & (within[second] > 0)
        found: Floats = between / np.sqrt(np.where(valid, product, np.nan))
    return found


def htmt2(model: Model, correlations: Floats, pairs: tuple[Ints, Ints]) -> Floats:
    """HTMT2 with geometric means, (pairs,), of one sample; NaN when any correlation used is not positive.

    Roemer, Schuberth and Henseler (2021), Industrial Management & Data Systems 121(12). correlations: (p, p).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.where(correlations > 0, correlations, np.nan))
    within = []
    for span in model.spans:
        size = span.stop - span.start
        off = logs[span, span][~np.eye(size, dtype=np.bool_)]
        within.append(off.mean() if size > 1 else 0.0)
    return np.array(
        [
            np.exp(logs[model.spans[a], model.spans[b]].mean() - (within[a] + within[b]) / 2)
            for a, b in zip(*pairs, strict=True)
        ]
    )


def vif_of_causes(model: Model, links: Floats) -> Floats:
    """Variance inflation of each cause beside the other causes of its construct, (k, m), of one sample's links (J, J).

    Diagonal of the inverse of the causes' correlations; NaN where `Model.present` is False. Source: Marquardt (1970).
    """
    both = model.present[:, None] & model.present[None]
    among = np.where(both, links[model.causes[:, None], model.causes[None]], 0.0)
    return _inflation(among, model.present)


def vif_of_items(model: Model, correlations: Floats) -> Floats:
    """Variance inflation of each column beside the others of its block, (p,), of one sample; NaN when singular.

    Source: Marquardt (1970), Technometrics 12.
    """
    sizes = np.array([len(block) for block in model.blocks])
    widest, place = sizes.max(), np.arange(sizes.max())
    present = place[:, None] < sizes
    columns = np.where(present, np.array(model.starts) + place[:, None], 0)
    both = present[:, None] & present[None]
    among = np.where(both, correlations[columns[:, None], columns[None]], 0.0)
    found = _inflation(among.reshape(widest, widest, -1), present)
    made: Floats = found.T[present.T]
    return made


def _inflation(among: Floats, present: Bools) -> Floats:
    """Diagonals of inverses of correlation matrices of several sizes: among (k, k, m), present (k, m); NaN elsewhere."""
    each = np.arange(len(among))
    among[each, each] = 1.0
    inverse, good = invert(among)
    found: Floats = np.where(present & good, inverse[each, each], np.nan)
    return found


@dataclass
class Consistent:
    """PLSc of B samples. reliability: ρ_A (J, B). links: (J, J, B) corrected. loadings: (p, B). effects: (J, J, B).

    admissible: (B,): every ρ_A in (0, 1], no loading above 1 and corrected correlations positive semi-definite.
    definite, proper: the last of these, and the first two, alone.
    """

    reliability: Floats
    links: Floats
    loadings: Floats
    paths: Paths
    effects: Floats
    definite: Bools
    proper: Bools

    @property
    def admissible(self) -> Bools:
        """Definite and proper, of each sample (B,)."""
        return self.definite & self.proper


def consistent(
    model: Model, correlations: Floats, weights: Floats, links: Floats, causes: Causes
) -> Consistent:
    """Consistent PLS: correlations of scores corrected for the unreliability of common factors.

    Dijkstra and Henseler (2015). Composites, mode B and single columns keep their scores as they are.
    """
    reliability = rho_a(model, correlations, weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        root = np.sqrt(reliability)
        corrected = links / (root[:, None] * root)
        size = len(corrected)
        corrected[_diagonal(size)] = 1.0
        lengths = np.add.reduceat(weights**2, model.starts, axis=0)
        factor = np.array(model.factors)[model.owner][:, None]
        own = np.stack(
            [
                (correlations[item, model.spans[number]] * weights[model.spans[number]]).sum(axis=0)
                for item, number in enumerate(model.owner)
            ]
        )
        loadings = np.where(factor, weights * (root / lengths)[model.owner], own)
        paths = causes.regress(corrected)
        effects = total_effects(model, paths)
    finite = every(np.isfinite(corrected), axis=(0, 1))
    filled = np.where(finite, corrected, np.eye(size)[:, :, None])
    lowest = np.linalg.eigvalsh(filled.transpose(2, 0, 1))[:, 0]
    definite = finite & (lowest >= -_ROUNDING)
    with np.errstate(invalid="ignore"):
        proper = every((reliability > 0) & (reliability <= 1)) & every(np.abs(loadings) <= 1 + _ROUNDING)
    return Consistent(reliability, corrected, loadings, paths, effects, definite, proper)
