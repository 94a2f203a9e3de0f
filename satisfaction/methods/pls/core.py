"""Estimation of PLS path models from moments, for many samples in step.

Wold (1982), Systems under indirect observation; Lohmöller (1989), Latent variable path modeling with partial least
squares; Tenenhaus et al. (2005), PLS path modeling. Only the columns' correlations (or covariances) are needed. The
last axis of every array counts the samples.
"""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from satisfaction.methods.answers import Bools, Floats
from satisfaction.methods.pls.linear import by_block, every, invert, over_blocks, project, solve
from satisfaction.methods.pls.model import Ints, Model


@dataclass
class Estimate:
    """Of B samples. weights: (p, B), scores have unit variance. shared: (p, J, B) covariance of column and score.

    links: (J, J, B) correlations of scores. spread: (p, B) standard deviations of the columns in the units of the
    moments. iterations, change: (B,). converged, sound: (B,); a sample that is not sound has a constant column, a
    singular block or causes that cannot be told apart.
    """

    weights: Floats
    shared: Floats
    links: Floats
    spread: Floats
    iterations: Ints
    change: Floats
    converged: Bools
    sound: Bools

    def at(self, chosen: Bools) -> Self:
        """Some of the samples."""
        return type(self)(**{each.name: getattr(self, each.name)[..., chosen] for each in fields(self)})

    def loadings(self, model: Model) -> Floats:
        """(p, B): correlation of each column with its own construct's score."""
        found: Floats = self.shared[np.arange(len(model.owner)), model.owner] / self.spread
        return found


@dataclass
class Paths:
    """Of B samples. coefficients: (k, m, B) laid out as `Model.causes`. r2: (m, B). sound: (B,)."""

    coefficients: Floats
    r2: Floats
    sound: Bools


class Causes:
    """Which causes count in each of B samples: all of the model's, less one path where `cut` names it.

    cut: (B,) path numbers, or None.
    """

    def __init__(self, model: Model, cut: Ints | None = None) -> None:
        self.model = model
        self.present = model.present[:, :, None]
        self.dead: Bools | None = None
        if cut is not None:
            self.present = np.repeat(self.present, len(cut), axis=2)
            rows, columns = model.slots
            each = np.arange(len(cut))
            self.present[rows[cut], columns[cut], each] = False
            alive = np.zeros((len(model.constructs), len(cut)), dtype=np.bool_)
            for path, (start, end) in enumerate(model.paths):
                alive[start] |= cut != path
                alive[end] |= cut != path
            self.dead = ~alive
        #: endogenous constructs with several causes; with one, the coefficient is the correlation
        self.several = np.flatnonzero(model.present.sum(axis=0) > 1)

    def at(self, chosen: Bools) -> "Causes":
        """The same causes for some of the samples alone; chosen: shape (B,)."""
        made = Causes.__new__(Causes)
        made.model, made.several = self.model, self.several
        made.present = self.present if self.dead is None else self.present[:, :, chosen]
        made.dead = None if self.dead is None else self.dead[:, chosen]
        return made

    def correlations(self, links: Floats) -> Floats:
        """(k, m, B): of each endogenous construct with its causes."""
        found: Floats = np.where(self.present, links[self.model.causes, self.model.endogenous], 0.0)
        return found

    def regress(self, links: Floats) -> Paths:
        """Least squares of each endogenous construct on all its causes. links: (J, J, B) with unit diagonal."""
        found = self.correlations(links)
        sound = np.ones(links.shape[-1], dtype=np.bool_)
        given = found
        if len(self.several):
            causes, present = self.model.causes[:, self.several], self.present[:, self.several]
            both = present[:, None] & present[None]
            among = np.where(both, links[causes[:, None], causes[None]], 0.0)
            for row in range(len(causes)):
                among[row, row] = 1.0
            solved, good = solve(among, found[:, None, self.several])
            found = found.copy()
            found[:, self.several] = solved[:, 0]
            sound = every(good)
        return Paths(found, (found * given).sum(axis=0), sound)


def _inner(causes: Causes, links: Floats, scheme: str) -> tuple[Floats, Bools | None]:
    """Inner weights (J, J, B): row j says how the neighbours of construct j stand in for it."""
    model = causes.model
    made = np.zeros_like(links)
    sound = None
    forward = causes.correlations(links)
    back = forward
    if scheme == "centroid":
        forward = back = np.sign(forward)
    elif scheme == "path":
        paths = causes.regress(links)
        forward, sound = paths.coefficients, paths.sound
    start, end = model.ends
    made[end, start] = forward[model.slots]
    made[start, end] = back[model.slots]
    return made, sound


def _scaled(model: Model, moments: Floats, weights: Floats) -> tuple[Floats, Floats, Floats, Bools]:
    """Weights such that scores have unit variance, and what follows: shared and links of `Estimate`."""
    shared = by_block(moments, weights, model.starts)
    links = over_blocks(shared, weights, model.starts)
    variances = links[np.arange(len(links)), np.arange(len(links))]
    good = variances > 0
    size = np.sqrt(np.where(good, variances, 1.0))
    return (
        weights / size[model.owner],
        shared / size,
        links / (size[:, None] * size),
        every(good),
    )


def estimate(
    model: Model,
    moments: Floats,
    *,
    scheme: str = "path",
    tol: float = 1e-7,
    max_iter: int = 300,
    cut: Ints | None = None,
    usable: Bools | None = None,
) -> Estimate:
    """Weights, loadings and correlations of construct scores.

    moments: (p, p, B) correlations, or covariances for a model that is not standardised. scheme: inner weighting,
    "path", "factorial" or "centroid". tol: largest change of a weight, without sign, at which to stop. cut: one path
    to leave out in each sample. usable: (B,), False where a column is known not to vary. Never raises: `converged` and `sound` tell what may be used. Orientation: a
    construct whose loadings sum to less than zero is turned round.
    """
    many = moments.shape[-1]
    variances = moments[np.arange(len(moments)), np.arange(len(moments))]
    steady = variances > 0
    sound = every(steady) if usable is None else every(steady) & usable
    spread = np.sqrt(np.where(steady, variances, 1.0))
    with np.errstate(all="ignore"):
        inverses = {}
        for number in np.flatnonzero(model.formative):
            span = model.spans[number]
            if span.stop - span.start > 1:
                scale = spread[span]
                inverse, good = invert(moments[span, span] / (scale[:, None] * scale))
                inverses[int(number)] = inverse / (scale[:, None] * scale)
                sound &= good
        result = Estimate(
            np.ones(moments.shape[1:]) / spread.mean(axis=0), np.empty((len(moments), len(model.blocks), many)),
            np.empty((len(model.blocks), len(model.blocks), many)), spread,
            np.zeros(many, dtype=np.intp), np.full(many, np.inf), np.zeros(many, dtype=np.bool_), sound,
        )  # fmt: skip
        _iterate(model, moments, Causes(model, cut), inverses, result, scheme, tol, max_iter)
        result.weights, result.shared, result.links, good = _scaled(model, moments, result.weights)
        result.sound &= good & every(np.isfinite(result.weights))
        sums = np.add.reduceat(result.loadings(model), model.starts, axis=0)
        sign = np.where(sums < 0, -1.0, 1.0)
        result.weights *= sign[model.owner]
        result.shared *= sign
        result.links *= sign[:, None] * sign
    return result


def _iterate(
    model: Model,
    moments: Floats,
    causes: Causes,
    inverses: dict[int, Floats],
    result: Estimate,
    scheme: str,
    tol: float,
    max_iter: int,
) -> None:
    """Alternate between inner and outer weights; a sample that has settled keeps its weights and leaves."""
    active = np.flatnonzero(result.sound)
    if len(active) < len(result.sound):
        moments, causes, inverses = _narrow(moments, causes, inverses, result.sound)
    weights, shared, links, _ = _scaled(model, moments, result.weights[:, active])
    owner = model.owner
    for turn in range(1, max_iter + 1):
        if not len(active):
            return
        inner, apart = _inner(causes, links, scheme)
        outer = project(shared, inner, model.starts)
        for number, inverse in inverses.items():
            span = model.spans[number]
            outer[span] = (inverse * outer[None, span]).sum(axis=1)
        if causes.dead is not None:
            outer = np.where(causes.dead[owner], weights, outer)
        fresh, shared, links, good = _scaled(model, moments, outer)
        change = np.abs(np.abs(fresh) - np.abs(weights)).max(axis=0)
        weights = fresh
        settled = change < tol
        lost = ~(good & np.isfinite(change))
        if apart is not None:
            lost |= ~apart
        done = settled | lost
        if turn == max_iter:
            done = np.ones_like(done)
        if done.any():
            leaving = active[done]
            result.weights[:, leaving] = weights[:, done]
            result.iterations[leaving] = turn
            result.change[leaving] = change[done]
            result.converged[leaving] = settled[done] & ~lost[done]
            result.sound[leaving] &= ~lost[done]
            stay = ~done
            if not stay.any():
                return
            moments, causes, inverses = _narrow(moments, causes, inverses, stay)
            active, weights = active[stay], weights[:, stay]
            shared, links = shared[:, :, stay], links[:, :, stay]


def _narrow(
    moments: Floats, causes: Causes, inverses: dict[int, Floats], chosen: Bools
) -> tuple[Floats, Causes, dict[int, Floats]]:
    return (
        moments[:, :, chosen],
        causes.at(chosen),
        {number: inverse[:, :, chosen] for number, inverse in inverses.items()},
    )


def total_effects(model: Model, paths: Paths) -> Floats:
    """(J, J, B): effect of the first construct on the second along every chain of arrows, (I - B)⁻¹ - I.

    In standard deviations of the second for one of the first. Source: Bollen (1987), Sociological Methodology 17.
    """
    size, many = len(model.constructs), paths.r2.shape[-1]
    total = np.zeros((size, size, many))
    rank = {construct: place for place, construct in enumerate(model.order)}
    rows, columns = model.slots
    for path in sorted(range(len(model.paths)), key=lambda each: rank[model.paths[each][1]]):
        start, end = model.paths[path]
        coefficient = paths.coefficients[rows[path], columns[path]]
        total[:, end] += total[:, start] * coefficient
        total[start, end] += coefficient
    return total
