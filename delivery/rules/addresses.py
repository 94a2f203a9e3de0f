"""Addresses of this room's pages, for figures that are frozen by jobs, where no request is at hand."""

from urllib.parse import urlencode


def requirement_path(standard_id: int, code: str, unit_id: int | None = None) -> str:
    return _path(standard_id, code, "", unit=unit_id)


def how_path(standard_id: int, code: str, unit_id: int | None = None) -> str:
    return _path(standard_id, code, "/how", unit=unit_id)


def cases_path(standard_id: int, code: str, unit_id: int | None = None, **more: str) -> str:
    return _path(standard_id, code, "/cases", unit=unit_id, **more)


def _path(standard_id: int, code: str, page: str, **arguments: object) -> str:
    query = urlencode({key: value for key, value in arguments.items() if value not in (None, "")})
    return f"/delivery/standards/{standard_id}/{code}{page}" + (f"?{query}" if query else "")


def log_path(log_id: int) -> str:
    return f"/delivery/logs/{log_id}"


def batch_path(batch_id: int) -> str:
    return f"/delivery/imports/{batch_id}"
