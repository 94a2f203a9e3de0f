from reviews import words
from reviews.views import agenda, calendar, decisions, listing, panels, planning, review_page, steps
from reviews.views.blueprint import blueprint

assert words  # how the trail of the room reads
assert agenda  # they add their pages
assert calendar
assert decisions
assert listing
assert planning
assert review_page
assert steps

__all__ = ["blueprint", "panels"]
