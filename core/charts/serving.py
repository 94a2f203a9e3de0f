"""Charts in the web application: functions for templates, and the library for browsers."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, Response, abort, current_app, request, url_for

from core.access import public
from core.charts.marks import JINJA_GLOBALS
from core.charts.render import bundle_made_apart, bundle_name

A_YEAR = 31_536_000


def cache_dir(app: Flask | None = None) -> Path:
    """Where fonts and the chart library are kept; may be emptied at any time."""
    return Path((app or current_app).config["DATA_DIR"]) / "cache"


@public
def chart_library(name: str) -> Response:
    """The chart library, compressed where the browser takes it. Its name changes with its content."""
    if name != bundle_name():
        abort(404)
    path = bundle_made_apart(cache_dir())
    packed = request.accept_encodings.quality("gzip") > 0
    file = path.with_name(path.name + ".gz") if packed else path
    response = Response(file.read_bytes(), mimetype="text/javascript")
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.cache_control.public = True
    response.cache_control.max_age = A_YEAR
    response.cache_control.immutable = True
    return response


def init_app(app: Flask) -> None:
    """Offers state, plumb_cell, spark … and chart_bundle_url to templates, and serves the library."""
    app.add_url_rule("/charts/<name>", "chart_library", chart_library)
    app.jinja_env.globals.update(JINJA_GLOBALS)
    app.jinja_env.globals["chart_bundle_url"] = lambda: url_for("chart_library", name=bundle_name())
