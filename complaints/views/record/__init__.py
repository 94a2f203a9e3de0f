"""One complaint: registering it, its page, who complained, what is said, what makes it good, what it leads to."""

from complaints.views.record import contact, entering, leading, page, remedies, talk

__all__ = ["contact", "entering", "leading", "page", "remedies", "talk"]
