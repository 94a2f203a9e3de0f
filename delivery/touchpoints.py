"""What was delivered, for the map of a customer journey."""

from collections.abc import Sequence
from typing import Any

from core import access
from delivery.permissions import SEE
from delivery.queries import lines as queries
from standards.proof import Proof


def delivered(standard_ids: Sequence[int], person: Any) -> dict[tuple[int, str], Proof]:
    """The same figures that the pages of the standards show, by (standard, requirement code). Two statements."""
    if not access.may(person, SEE):
        return {}
    return {
        (line.standard_id, line.code): Proof(line.figure, line.spark, line.cases_url, line.how_url)
        for line in queries.list_lines(person, standard_ids=standard_ids)
    }
