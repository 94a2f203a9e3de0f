"""What a pack is made of, part by part, as data with hashes: travels inside the PDF file and is kept with its number.

The records of a part are the same whatever the language of the pack, so both editions made from the same records name
the same hashes.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, is_dataclass
from datetime import date, datetime
from typing import Any

from certification.reports.content import Content
from certification.rules.clauses import LEAST_N
from certification.rules.packs import Part
from core.figures import Figure
from delivery.engine import ENGINE_VERSION

FORMAT = "plumbline-pack-1"
NAME = "manifest.json"


@dataclass(frozen=True)
class PartFile:
    """The records of one part in canonical JSON: sorted keys, no spaces, UTF-8."""

    part: Part
    name: str
    records: int
    data: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Manifest:
    parts: tuple[PartFile, ...]
    data: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def files(self) -> list[tuple[str, bytes]]:
        return [(NAME, self.data), *((one.name, one.data) for one in self.parts)]


def manifest_of(content: Content) -> Manifest:
    parts = []
    for number, part in enumerate(content.parts, 1):
        records, count = _records(content, part)
        data = _canonical({"part": part.value, "records": records})
        parts.append(PartFile(part, f"{number:02d}-{part.value}.json", count, data))
    head = {
        "format": FORMAT,
        "code": content.code,
        "framework": content.framework_code,
        "unit": content.unit_code,
        "from": content.first,
        "until": content.last,
        "language": content.language,
        "ordered_at": content.at,
        "trail_head": f"{content.trail_head[0]}:{content.trail_head[1]}",
        "parts": [
            {"part": one.part.value, "file": one.name, "records": one.records, "sha256": one.sha256}
            for one in parts
        ],
    }
    return Manifest(tuple(parts), _canonical(head))


def _records(content: Content, part: Part) -> tuple[Any, int]:
    """What a part stands on, and how many records of its kind."""
    c = content
    match part:
        case Part.scope:
            about = {
                "organisation": c.organisation,
                "framework": c.framework_code,
                "units": c.units,
                "below": c.below,
                "first": c.first,
                "last": c.last,
                "zone": c.zone,
            }
            return about, len(c.units) + len(c.below)
        case Part.statement:
            return c.clauses, len(c.clauses)
        case Part.standards:
            return c.standards, len(c.standards)
        case Part.attainment:
            return c.promises, len(c.promises)
        case Part.satisfaction:
            return c.satisfaction, len(c.satisfaction.waves)
        case Part.complaints:
            return c.complaints, c.complaints.received
        case Part.audits:
            return c.audits, len(c.audits.audits)
        case Part.findings:
            return {"findings": c.findings, "tickets": c.tickets}, c.findings_total
        case Part.training:
            return c.training, sum(course.people for course in c.training.courses)
        case Part.reviews:
            return c.reviews, len(c.reviews.reviews)
        case Part.methods:
            return {"engine": ENGINE_VERSION, "least_n": LEAST_N}, 0
        case Part.hashes:
            return {"catalog": c.catalog_sha256, "imports": c.batches}, len(c.batches)


def _canonical(value: Any) -> bytes:
    return json.dumps(
        _plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def _plain(value: Any) -> Any:
    """Values as JSON has them; texts in both languages become {"en": …, "zh": …}."""
    if isinstance(value, Figure):
        return _plain(value.to_json())
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Iterable):
        return [_plain(item) for item in value]
    raise TypeError(f"a pack cannot hold {type(value).__name__}")


# --- checking ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Inspection:
    """What the files inside a PDF say. `wrong` names parts that are missing or altered."""

    code: str
    sha256: str
    parts: int
    wrong: tuple[str, ...]


def inspect(inside: Iterable[bytes], hashes: Mapping[str, str] | None = None) -> Inspection | None:
    """Compare the parts inside a pack with its manifest, or with `hashes` by part kept elsewhere; None without one."""
    held, head, head_hash = {}, None, ""
    for data in inside:
        try:
            read = json.loads(data)
        except ValueError:
            continue
        if not isinstance(read, dict):
            continue
        if read.get("format") == FORMAT and isinstance(read.get("parts"), list):
            head, head_hash = read, hashlib.sha256(data).hexdigest()
        elif isinstance(read.get("part"), str):
            held[read["part"]] = hashlib.sha256(data).hexdigest()
    if head is None:
        return None
    wanted = (
        dict(hashes)
        if hashes is not None
        else {str(one.get("part")): str(one.get("sha256")) for one in head["parts"] if isinstance(one, dict)}
    )
    wrong = tuple(part for part, digest in wanted.items() if held.get(part) != digest)
    return Inspection(str(head.get("code", "")), head_hash, len(wanted), wrong)
