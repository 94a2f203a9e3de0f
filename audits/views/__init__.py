from audits import words
from audits.views import audit_page, listing, panels, planning, programmes, recording, steps
from audits.views.blueprint import blueprint

assert words  # how the trail of the room reads
assert audit_page  # they add their pages
assert listing
assert planning
assert programmes
assert recording
assert steps

__all__ = ["blueprint", "panels"]
