"""Pages that belong to no single room: overview, my tasks, search, jobs, outbox, trail, health."""

from app.views import jobs, notices, outbox, overview, trail
from app.views.base import blueprint

__all__ = ["blueprint", "jobs", "notices", "outbox", "overview", "trail"]
