"""List pages, all by one mechanism: sort, filter, search, page, choose columns, state in the URL, export.

A room declares a `ListPage` once, with SQL columns (rows, not objects) and small functions that print a cell.
The page costs at most two statements however many rows there are: the rows, and a count that stops at 2,000.
"""

from core.tables.cells import (
    Cells,
    Escaped,
    due_mark,
    escaped,
    link,
    row_urls,
    state_mark,
    state_marks,
    two_lines,
)
from core.tables.columns import Column, Empty, Filter, choice_filter, contains, matching
from core.tables.list_page import COUNT_LIMIT, ListPage
from core.tables.listing import PAGE_SIZE, Listing

__all__ = [
    "COUNT_LIMIT",
    "PAGE_SIZE",
    "Cells",
    "Column",
    "Empty",
    "Escaped",
    "Filter",
    "ListPage",
    "Listing",
    "choice_filter",
    "contains",
    "due_mark",
    "escaped",
    "link",
    "matching",
    "row_urls",
    "state_mark",
    "state_marks",
    "two_lines",
]
