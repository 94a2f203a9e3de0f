from typing import Any

from certification import queries
from certification.rules import Readiness
from tests.certification.world import build
from tests.people import People


def test_try(app: Any, people: People) -> None:
    world = build(people)
    found = queries.assess(world.framework, people.root)
    by = {c.number: c for c in found.clauses}
    for n in ("7.4", "7.1", "4.6", "7.9", "8.5", "7.3", "7.2"):
        c = by[n]
        print(n, c.status, c.readiness, c.adopted, c.binding, len(c.answers), c.answers[0].figure if c.answers else None, [r.code for r in c.findings], c.waiting)
    from certification.reports.wording import step_sentence
    for s in found.steps[:12]:
        print(s.rank, step_sentence(s))
