"""What this room prints: the list before building, the content of a pack, its pages and its file."""

from certification.reports.cautions import cautions_of
from certification.reports.content import Content, gather, read
from certification.reports.printing import draw, facts, to_pdf, typeset

__all__ = ["Content", "cautions_of", "draw", "facts", "gather", "read", "to_pdf", "typeset"]
