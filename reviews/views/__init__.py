from reviews import words
from reviews.views import agenda, decisions, listing, panels, planning, review_page, steps
from reviews.views.blueprint import blueprint

assert words  # how the trail of the room reads
assert agenda  # they add their pages
assert decisions
assert listing
assert planning
assert review_page
assert steps

__all__ = ["blueprint", "panels"]
