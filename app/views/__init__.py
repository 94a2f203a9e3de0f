"""Pages that belong to no single room: overview, my tasks, search, jobs, outbox, trail, guide, health."""

from app.views import guide, jobs, notices, outbox, overview, trail
from app.views.base import blueprint

__all__ = ["blueprint", "guide", "jobs", "notices", "outbox", "overview", "trail"]
