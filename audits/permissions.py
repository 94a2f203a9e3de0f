from accounts.rules import EVERYBODY, Role
from core.access import permission
from core.i18n import _l

SEE = permission(
    "audits.see",
    _l("see audits"),
    EVERYBODY - {Role.staff, Role.complaint_handler, Role.administrator},
)
PRINT = permission("audits.print", _l("have audit reports made"), SEE.roles - {Role.visiting_auditor})
PLAN = permission("audits.plan", _l("plan audits and name their teams"), {Role.quality_manager})
AUDIT = permission("audits.audit", _l("audit"), {Role.auditor, Role.quality_manager})
ACCEPT = permission(
    "audits.accept", _l("accept audit reports for a unit"), {Role.process_owner, Role.top_management}
)
