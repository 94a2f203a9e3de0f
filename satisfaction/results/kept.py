"""Results kept in memory while nothing changes, for a few waves a process."""

import threading
from collections import OrderedDict

from core.i18n import language
from satisfaction import sheet as sheets
from satisfaction.models import Wave
from satisfaction.results.groups import by_group
from satisfaction.results.kinds import KEPT, Group, Results
from satisfaction.results.whole import compute
from satisfaction.sheet import Sheet

_groups: "OrderedDict[tuple[str, str, str, str], list[Group]]" = OrderedDict()
_lock = threading.Lock()
_sheets: "OrderedDict[str, tuple[Sheet, Results]]" = OrderedDict()


def of_wave(wave: Wave) -> tuple[Sheet, Results]:
    """Answers and results of a wave as they stand now; kept while nothing changes, for a few waves a process."""
    key = sheets.fingerprint(wave)
    with _lock:
        found = _sheets.get(key)
        if found is not None:
            _sheets.move_to_end(key)
            return found
    sheet = sheets.load(wave)
    results = compute(sheet, min_cell=wave.min_cell, inputs_hash=key)
    made = (sheet, results)
    with _lock:
        _sheets[key] = made
        while len(_sheets) > 1 and (
            len(_sheets) > KEPT or sum(kept.codes.nbytes for kept, _results in _sheets.values()) > 60_000_000
        ):
            _sheets.popitem(last=False)
    return made


def groups_of(wave: Wave, by: str, overall: str = "") -> list[Group]:
    """The groups of a wave as they stand now, kept like its results; `overall`: what importance is derived from."""
    sheet, found = of_wave(wave)
    key = (found.inputs_hash, by, overall, language())  # the names of groups are words
    with _lock:
        kept = _groups.get(key)
    if kept is not None:
        return kept
    made = by_group(sheet, by, min_cell=wave.min_cell, overall=overall)
    with _lock:
        _groups[key] = made
        while len(_groups) > KEPT:
            _groups.popitem(last=False)
    return made
