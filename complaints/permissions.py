from accounts.rules import INSIDERS, Role
from core.access import permission
from core.i18n import _l

SEE = permission(
    "complaints.see",
    _l("see complaints"),
    {
        Role.quality_manager,
        Role.auditor,
        Role.process_owner,
        Role.complaint_handler,
        Role.top_management,
        Role.visiting_auditor,
    },
)
REGISTER = permission("complaints.register", _l("register complaints"), INSIDERS)
HANDLE = permission(
    "complaints.handle",
    _l("handle complaints"),
    {Role.complaint_handler, Role.process_owner, Role.quality_manager},
)
DECIDE = permission(
    "complaints.decide",
    _l("decide on serious complaints, refuse complaints, approve remedies"),
    {Role.process_owner, Role.quality_manager},
)
CONTACT = permission(
    "complaints.contact",
    _l("read who complained"),
    {Role.complaint_handler, Role.quality_manager},
)
CONFIGURE = permission("complaints.configure", _l("set how complaints are taken"), {Role.quality_manager})
READ_NOTES = permission(
    "complaints.read_notes",
    _l("read internal notes of complaints"),
    {Role.complaint_handler, Role.process_owner, Role.quality_manager, Role.auditor},
)
