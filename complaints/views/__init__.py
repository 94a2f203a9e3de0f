"""Pages of complaints. Importing this package registers them all on one blueprint."""

from complaints import words
from complaints.views import follow, front, imports, listing, months, panels, record, settings, steps
from complaints.views.blueprint import blueprint

__all__ = [
    "blueprint",
    "follow",
    "front",
    "imports",
    "listing",
    "months",
    "panels",
    "record",
    "settings",
    "steps",
    "words",
]
