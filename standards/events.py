"""Facts that this room announces to rooms above it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class VersionEffective:
    """A version came into force; the former one, if any, is superseded from the same instant."""

    version_id: int
    standard_id: int
