from accounts.rules import EVERYBODY, INSIDERS, Role
from core.access import permission
from core.i18n import _l

SEE = permission("standards.see", _l("see service standards and frameworks"), EVERYBODY)
WRITE = permission(
    "standards.write", _l("write service standards"), {Role.quality_manager, Role.process_owner}
)
APPROVE = permission(
    "standards.approve", _l("approve service standards"), {Role.quality_manager, Role.top_management}
)
MAP = permission(
    "standards.map", _l("judge which clauses are addressed"), {Role.quality_manager, Role.auditor}
)
READ_TEXT = permission(
    "standards.read_text", _l("read the organisation's own licensed text of clauses"), INSIDERS
)
KEEP_TEXT = permission(
    "standards.keep_text", _l("keep the organisation's own licensed text of clauses"), {Role.quality_manager}
)
SEE_DRAFTS = permission(
    "standards.see_drafts",
    _l("read drafts of service standards"),
    {Role.quality_manager, Role.process_owner, Role.top_management, Role.auditor},
)
