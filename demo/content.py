"""What the demonstration says: the files of demo/texts, with days in words."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from demo.timeline import Timeline

FOLDER = Path(__file__).resolve().parent / "texts"


@lru_cache(maxsize=32)
def _read(name: str) -> Any:
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))


def people() -> dict[str, Any]:
    found: dict[str, Any] = _read("people")
    return found


def frameworks(timeline: Timeline) -> dict[str, Any]:
    found: dict[str, Any] = timeline.tell(_read("frameworks"))
    return found


def standards(timeline: Timeline) -> list[dict[str, Any]]:
    return [timeline.tell(item) for number in (1, 2, 3, 4, 5) for item in _read(f"standards_{number}")]


def findings(timeline: Timeline) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = timeline.tell(_read("findings"))
    return found


def tickets(timeline: Timeline) -> list[dict[str, Any]]:
    return [timeline.tell(item) for number in (1, 2, 3, 4) for item in _read(f"tickets_{number}")]


def events(timeline: Timeline) -> dict[str, Any]:
    found: dict[str, Any] = timeline.tell(_read("events"))
    return found


def training(timeline: Timeline) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = timeline.tell(_read("training"))
    return found


def audits(timeline: Timeline) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = timeline.tell(_read("audits"))
    return found


def complaints(timeline: Timeline) -> dict[str, Any]:
    found: dict[str, Any] = timeline.tell(_read("complaints"))
    return found


def surveys(timeline: Timeline) -> list[dict[str, Any]]:
    return [
        timeline.tell(item)
        for name in ("visitors", "counter", "panel", "machines")
        for item in _read(f"surveys_{name}")
    ]


def kiosk() -> dict[str, Any]:
    found: dict[str, Any] = _read("kiosk")
    return found


def journeys(timeline: Timeline) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = timeline.tell(_read("journeys"))
    return found


def reviews(timeline: Timeline) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = timeline.tell(_read("reviews"))
    return found
