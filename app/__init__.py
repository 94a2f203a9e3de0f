"""Composition root: the only place that knows all rooms."""

from app.factory import create_app

__all__ = ["create_app"]
