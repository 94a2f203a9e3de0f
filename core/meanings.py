"""What a signature says, by the code that rooms write with it. Pure."""

from typing import Any, Final

from core.lazytext import _l

MEANINGS: Final[dict[str, Any]] = {
    "approval": _l("Approved"),
    "verdict": _l("Verdict signed"),
    "closing": _l("Closing signed"),
    "minutes": _l("Minutes signed"),
    "report": _l("Report signed"),
    "acceptance": _l("Report accepted"),
}
