from accounts.rules import INSIDERS, Role
from core.access import permission
from core.i18n import _l

SEE = permission("training.see", _l("see courses and own training"), INSIDERS)
WRITE = permission("training.write", _l("write courses"), {Role.quality_manager, Role.process_owner})
ASSIGN = permission(
    "training.assign",
    _l("assign training and keep competences"),
    {Role.quality_manager, Role.process_owner},
)
SEE_RECORDS = permission(
    "training.see_records",
    _l("see who is trained on what"),
    {Role.quality_manager, Role.process_owner, Role.auditor, Role.top_management},
)
