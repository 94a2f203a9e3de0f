"""The respondents that are analysed: answers made complete, weights, and the moments of any resample of them.

A resample is a column of counts (how often each respondent was drawn), so the moments of B resamples are one matrix
product of the respondents' products with the counts. Replacement of missing answers by the mean is part of the
method and is repeated in every resample, from that resample's own means.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.lazytext import _l
from satisfaction.methods.answers import Answers, Bools, Floats, Refusal, Sentence
from satisfaction.methods.pls.linear import every
from satisfaction.methods.pls.settings import Settings

#: numbers of one block of products held at once: 2 MiB as float64, about one core's cache
_BLOCK = 262_144

#: a column with a larger share of missing answers is named in the notes
MISSING_NOTED = 0.15

#: answers beyond it would overflow when squared
_MOST = 1e100


@dataclass(frozen=True)
class Moments:
    """Of B samples. drawn: (B,) respondents. means: (p, B) and covariance: (p, p, B) in units of `Sample.z`.

    The covariance divides by the weight; means replaced missing answers.
    """

    drawn: Floats
    means: Floats
    covariance: Floats


@dataclass(frozen=True)
class Sample:
    """The n respondents in the analysis, columns in the order of the model's p items.

    z: (n, p), answers less `centre`, divided by `spread`, 0 where missing. observed: (n, p) or None when nothing is
    missing. weights: (n,) or None when all count the same. rows: (n,) row numbers of the data, from 0. size: rows of
    the data. dropped: reason → count.
    """

    settings: Settings
    z: Floats
    centre: Floats
    spread: Floats
    observed: Bools | None
    weights: Floats | None
    rows: NDArray[np.intp]
    size: int
    dropped: dict[str, int]
    notes: list[Sentence]

    @property
    def n(self) -> int:
        """Respondents used."""
        return len(self.z)

    @cached_property
    def n_effective(self) -> float:
        """Kish (1965): (Σw)² / Σw²."""
        if self.weights is None:
            return float(self.n)
        return float(self.weights.sum() ** 2 / (self.weights**2).sum())

    @cached_property
    def gaps(self) -> NDArray[np.intp]:
        """Columns with missing answers."""
        if self.observed is None:
            return np.empty(0, dtype=np.intp)
        return np.flatnonzero(~self.observed.all(axis=0))

    def whole(self) -> Moments:
        """The moments of all respondents (B = 1): z has mean 0, which is also what stands where answers are missing."""
        if self.weights is None:
            covariance = self.z.T @ self.z / self.n
        else:
            covariance = (self.z.T * self.weights) @ self.z / self.weights.sum()
        return Moments(np.array([float(self.n)]), np.zeros((len(covariance), 1)), covariance[:, :, None])

    def moments(self, counts: NDArray[Any]) -> Moments:
        """The moments of B resamples. counts: (B, n), how often each respondent was drawn."""
        p = self.z.shape[1]
        upper = np.triu_indices(p)
        wide = len(upper[0]) + p + 1
        total = np.zeros((wide, len(counts)))
        step = max(16, min(self.n, _BLOCK // wide))
        for first in range(0, self.n, step):
            part = slice(first, min(first + step, self.n))
            z = self.z[part].T
            features = np.empty((wide, z.shape[1]))
            at = 0
            for column in range(p):
                np.multiply(z[column], z[column:], out=features[at : at + p - column])
                at += p - column
            features[at:-1] = z
            features[-1] = 1.0
            total += features @ self._drawn(counts, part)
        place = np.empty((p, p), dtype=np.intp)
        place[upper] = place[upper[::-1]] = np.arange(len(upper[0]))
        covariance, sums, size = total[place], total[len(upper[0]) : -1], total[-1]
        if len(self.gaps):
            means = self._fill(counts, covariance, sums, size)
        else:
            means = sums / size
            covariance -= size * means[:, None] * means
        covariance /= size
        return Moments(counts.sum(axis=1).astype(np.float64), means, covariance)

    def _drawn(self, counts: NDArray[Any], rows: slice | NDArray[np.intp]) -> Floats:
        """Weight of some respondents in each resample, (rows, B)."""
        drawn: Floats = counts[:, rows].T.astype(np.float64)
        if self.weights is not None:
            drawn *= self.weights[rows, None]
        return drawn

    def _fill(self, counts: NDArray[Any], products: Floats, sums: Floats, size: Floats) -> Floats:
        """Turn Σ z_i z_j (in place) into sums of squares about the means (p, B) of those who answered.

        z is 0 where missing. With m = 1 where answered and d the means, the sum over m_i m_j (z_i - d_i)(z_j - d_j)
        needs Σ m_i z_j and Σ m_i m_j: the same sums over everybody less those over who left i empty.
        """
        gaps, p = self.gaps, len(sums)
        assert self.observed is not None
        seen = np.broadcast_to(sums, (p, *sums.shape)).copy()
        lost = np.zeros(sums.shape)
        together = np.zeros((p, *sums.shape))
        for column in gaps:
            rows = np.flatnonzero(~self.observed[:, column])
            silent = (~self.observed[np.ix_(rows, gaps)]).astype(np.float64)
            found = np.hstack((self.z[rows], silent)).T @ self._drawn(counts, rows)
            seen[column] -= found[:p]
            together[column, gaps] = found[p:]
            lost[column] = together[column, column]
        with np.errstate(invalid="ignore", divide="ignore"):
            means: Floats = sums / (size - lost)
        both = size - lost[:, None] - lost + together
        products -= means[:, None] * seen + means[None] * seen.transpose(1, 0, 2)
        products += means[:, None] * means * both
        return means


def read_sample(data: Answers, settings: Settings) -> Sample:
    """Read the model's columns, drop who cannot be used, and bring the answers to a common scale.

    Raises Refusal naming the column for an unknown column, a text, an answer outside its scale, a column nobody
    answered or everybody answered alike, and when nobody is left.
    """
    model = settings.model
    x = np.empty((data.rows, len(model.items)), order="F")
    for column, item in enumerate(model.items):
        ends = settings.scales.get(item)
        answers = data.numbers(item, missing=settings.missing_codes, valid=ends)
        x[:, column] = ends[0] + ends[1] - answers if ends and item in settings.reverse else answers
    weights = None
    keep = np.ones(data.rows, dtype=np.bool_)
    dropped: dict[str, int] = {}
    if settings.weight is not None:
        weights = data.weights(settings.weight, missing=settings.missing_codes)
        with np.errstate(invalid="ignore"):
            counted = weights > 0
        _drop(keep, counted, "no_weight", dropped)
    missing = np.isnan(x) if data.rows and np.isnan(x.sum()) else None
    if missing is not None:
        empty = np.flatnonzero(every(missing))
        if len(empty):
            raise Refusal(_l("Nobody answered column “%(field)s”."), field=model.items[empty[0]])
        if settings.missing == "listwise":
            _drop(keep, every(~missing, axis=1), "missing_answers", dropped)
        else:
            _drop(keep, ~every(missing, axis=1), "no_answers", dropped)
    kept = int(keep.sum())
    if kept < 2:
        raise _nobody(model.items, missing, kept, dropped)
    notes: list[Sentence] = []
    if kept < data.rows:
        x = np.asfortranarray(x[keep])
        missing = None if missing is None else missing[keep]
        weights = None if weights is None else weights[keep]
    observed = None
    if missing is not None and missing.any():
        notes = _missing_notes(settings, missing)
        observed = np.asfortranarray(~missing)
    centre, spread = _scale(x, observed, weights, model.items)
    return Sample(
        settings, x, centre, spread, observed, weights, np.flatnonzero(keep), data.rows, dropped, notes
    )


def _nobody(items: tuple[str, ...], missing: Bools | None, kept: int, dropped: dict[str, int]) -> Refusal:
    if missing is None or "missing_answers" not in dropped:
        return Refusal(
            _l("Too few answers for the “%(field)s”: %(count)s rows can be used, %(dropped)s were left out."),
            field="constructs",
            count=kept,
            dropped=sum(dropped.values()),
        )
    return Refusal(
        _l(
            "Rows answered in every column: %(count)s. Column “%(field)s” is left empty most often; try “missing: mean”."
        ),
        field=items[int(missing.sum(axis=0).argmax())],
        count=kept,
    )


def _drop(keep: Bools, good: Bools, reason: str, dropped: dict[str, int]) -> None:
    lost = int(np.count_nonzero(keep & ~good))
    if lost:
        dropped[reason] = lost
    keep &= good


def _scale(
    x: Floats, observed: Bools | None, weights: Floats | None, items: tuple[str, ...]
) -> tuple[Floats, Floats]:
    """Bring x (n, p) in place to mean 0 and standard deviation 1, with 0 for missing; returns both as they were.

    Refuses columns without answers, without variance, or with answers beyond any scale.
    """
    if observed is not None:
        for column in np.flatnonzero(~observed.any(axis=0)):
            raise Refusal(_l("Nobody answered column “%(field)s”."), field=items[column])
    low, high = np.fmin.reduce(x, axis=0), np.fmax.reduce(x, axis=0)
    for column in np.flatnonzero(np.maximum(np.abs(low), np.abs(high)) > _MOST):
        raise Refusal(_l("Column “%(field)s” holds numbers too large to be answers."), field=items[column])
    flat = np.flatnonzero(high <= low)
    if len(flat) == len(items):
        raise Refusal(
            _l("All answers are the same in every column of “%(field)s”: there is no variance anywhere."),
            field="constructs",
        )
    if len(flat):
        raise Refusal(
            _l(
                "Every answer in column “%(field)s” is the same, so it can explain nothing; take it out of the model."
            ),
            field=items[int(flat[0])],
        )
    # From the lowest answer and by the range first: neither large nor small units lose digits.
    x -= low
    x /= high - low
    if observed is not None:
        np.copyto(x, 0.0, where=~observed)
    counted = np.ones(len(x)) if weights is None else weights
    answered = np.full(x.shape[1], counted.sum()) if observed is None else counted @ observed
    centre = counted @ x / answered
    x -= centre
    if observed is not None:
        np.copyto(x, 0.0, where=~observed)
    squares = (
        np.einsum("ij,ij->j", x, x) if weights is None else np.array([weights @ column**2 for column in x.T])
    )
    spread = np.sqrt(squares / answered)
    x /= spread
    return low + centre * (high - low), spread * (high - low)


def _missing_notes(settings: Settings, missing: Bools) -> list[Sentence]:
    model = settings.model
    shares = missing.mean(axis=0)
    notes = [
        Sentence(
            _l("Column “%(column)s” lacks %(percent)s %% of its answers; results that rest on it are weak."),
            column=model.items[column],
            percent=round(float(shares[column]) * 100, 1),
        )
        for column in np.flatnonzero(shares > MISSING_NOTED)
    ]
    for name, span in zip(model.constructs, model.spans, strict=True):
        silent = int(np.count_nonzero(missing[:, span].all(axis=1)))
        if silent:
            notes.append(
                Sentence(
                    _l(
                        "Nothing was answered about “%(construct)s” by %(count)s of %(all)s respondents; the mean stands in. “missing: listwise” leaves them out."
                    ),
                    count=silent,
                    all=len(missing),
                    construct=name,
                )
            )
    return notes
