"""Training of the period, by unit."""

from core.figures import Figure
from core.i18n import _l
from reviews.inputs.blocks import Block, both, cell, figures, nothing, plain, table
from reviews.inputs.providers.asked import Asked, direction, in_both
from training import reports as training


def trained(asked: Asked) -> list[Block]:
    now = training.figures(asked.unit.path, asked.first, asked.last)
    before = training.figures(asked.unit.path, *asked.before)
    if not any(found.n for found in now.values()):
        return [nothing(_l("No training was assigned, due or open in this period."))]
    made = [figures(_l("Training of the period"), in_both(now.values(), before.values(), better=direction))]
    lines = training.by_unit(asked.unit.path, asked.first, asked.last)
    if len(lines) > 1:
        made.append(
            table(
                _l("Training by unit"),
                [_l("Unit"), _l("Assigned"), _l("Passed"), _l("Overdue")],
                [
                    (
                        cell(both(line.name_en, line.name_zh)),
                        cell(plain(_whole(line.figures["assigned"])), right=True),
                        cell(plain(_whole(line.figures["passed"])), right=True),
                        cell(
                            plain(_whole(line.figures["overdue"])),
                            tone="bad" if line.figures["overdue"].value else "",
                            right=True,
                        ),
                    )
                    for line in lines
                ],
                most=15,
            )
        )
    return made


def _whole(found: Figure) -> int:
    return round(found.value or 0)
