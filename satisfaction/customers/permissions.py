from accounts.rules import Role
from core.access import permission
from core.i18n import _l

SEE = permission(
    "customers.see",
    _l("see the customer register, sampling plans and response rates"),
    {Role.quality_manager, Role.process_owner, Role.complaint_handler},
)
KEEP = permission(
    "customers.keep",
    _l("keep the customer register, and erase personal data on request"),
    {Role.quality_manager, Role.process_owner},
)
