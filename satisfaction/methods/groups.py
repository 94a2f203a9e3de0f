"""Rows by the values of some columns, as small whole numbers that NumPy counts fast."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.lazytext import _l
from satisfaction.methods.answers import Answers, Refusal

MOST_GROUPS = 100_000
#: names that stand beside the group columns in a result
RESERVED = frozenset(("n", "withheld", "items"))


@dataclass(frozen=True)
class Groups:
    """codes: (rows,), the group of each row; keys: values of the columns in each group, None where empty."""

    codes: NDArray[np.int64]
    keys: list[dict[str, Any]]

    @property
    def count(self) -> int:
        """How many groups there are."""
        return len(self.keys)

    @classmethod
    def of(cls, data: Answers, by: Sequence[str]) -> "Groups":
        """Groups in the order of their values, numbers by size; without columns one group of all. Raises Refusal."""
        codes = np.zeros(data.rows, dtype=np.int64)
        keys: list[tuple[Any, ...]] = [()]
        for name in by:
            if name in RESERVED:
                raise Refusal(
                    _l("A column called “%(field)s” cannot be grouped by: the result uses that name."),
                    field=name,
                )
            own, values = _coded(data, name)
            codes = codes * len(values) + own
            # Only combinations that occur are kept, so that many columns do not multiply.
            occurring = np.flatnonzero(np.bincount(codes, minlength=len(keys) * len(values)))
            if len(occurring) > MOST_GROUPS:
                raise Refusal(
                    _l("Grouping by “%(field)s” makes more than %(most)s groups."),
                    field=name,
                    most=MOST_GROUPS,
                )
            place = np.zeros(len(keys) * len(values), dtype=np.int64)
            place[occurring] = np.arange(len(occurring))
            codes = place[codes]
            keys = [(*keys[each // len(values)], values[each % len(values)]) for each in occurring]
        return cls(codes, [dict(zip(by, each, strict=True)) for each in keys])


def _coded(data: Answers, name: str) -> tuple[NDArray[np.int64], list[str | None]]:
    """Place of each row's value among the sorted values of a column (empty ones last), and those values."""
    column = data.column(name)
    if column.dtype != object:
        known, where = np.unique(column, return_inverse=True)
        if len(known) > MOST_GROUPS:
            raise Refusal(
                _l("Grouping by “%(field)s” makes more than %(most)s groups."), field=name, most=MOST_GROUPS
            )
        labels = Answers({name: known}, len(known), "").texts(name)
        return where.reshape(-1).astype(np.int64), list(labels)
    texts = data.texts(name).tolist()
    found = set(texts)
    if len(found) > MOST_GROUPS:
        raise Refusal(
            _l("Grouping by “%(field)s” makes more than %(most)s groups."), field=name, most=MOST_GROUPS
        )
    ordered: list[str | None] = [*sorted(each for each in found if each is not None)]
    if None in found:
        ordered.append(None)
    place = {each: number for number, each in enumerate(ordered)}
    return np.fromiter(map(place.__getitem__, texts), dtype=np.int64, count=len(texts)), ordered
