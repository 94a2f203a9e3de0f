from accounts.rules import INSIDERS, Role
from core.access import permission
from core.i18n import _l

SEE = permission(
    "reviews.see",
    _l("see management reviews"),
    {Role.quality_manager, Role.auditor, Role.process_owner, Role.top_management, Role.visiting_auditor},
)
PRINT = permission("reviews.print", _l("have the pack of a review made"), SEE.roles - {Role.visiting_auditor})
PREPARE = permission("reviews.prepare", _l("plan and prepare management reviews"), {Role.quality_manager})
CHAIR = permission("reviews.chair", _l("chair management reviews and sign them"), {Role.top_management})
CARRY_OUT = permission("reviews.carry_out", _l("carry out decisions of reviews"), INSIDERS)
