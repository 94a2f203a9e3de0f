"""Reads of this room: clauses as they stand, packs, and what a pack prints. They look through the tables of the rooms below."""

from certification.queries.clauses import Assessment, assess, get_framework_by_code
from certification.queries.packs import (
    count_packs,
    find_pack_by_code,
    find_pack_by_sha256,
    get_pack_for,
    list_ready_packs,
    packs_statement,
    search_packs,
)

__all__ = [
    "Assessment",
    "assess",
    "count_packs",
    "find_pack_by_code",
    "find_pack_by_sha256",
    "get_framework_by_code",
    "get_pack_for",
    "list_ready_packs",
    "packs_statement",
    "search_packs",
]
