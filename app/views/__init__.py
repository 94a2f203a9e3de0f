"""Pages that belong to no single room: overview, my tasks, search, jobs, outbox, trail, health."""

from app.views import jobs, outbox, overview, trail
from app.views.base import blueprint

__all__ = ["blueprint", "jobs", "outbox", "overview", "trail"]
