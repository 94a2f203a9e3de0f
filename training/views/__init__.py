"""Pages of training."""

from training import words
from training.views import (
    competences,
    courses,
    editing,
    imports,
    learning,
    matrix,
    records,
)
from training.views.blueprint import blueprint

assert words  # how the trail of the room reads

__all__ = ["blueprint", "competences", "courses", "editing", "imports", "learning", "matrix", "records"]
