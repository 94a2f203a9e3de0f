from accounts.rules import INSIDERS, Role
from core.access import permission
from core.i18n import _l

ADMINISTER = permission("accounts.administer", _l("administer people, units and roles"), {Role.administrator})
READ_OUTBOX = permission("accounts.read_outbox", _l("read the outbox"), {Role.administrator})
READ_TRAIL = permission(
    "accounts.read_trail",
    _l("read the trail of the whole organisation"),
    {Role.administrator, Role.quality_manager},
)
SEE_PEOPLE = permission("accounts.see_people", _l("see the people of the organisation"), INSIDERS)
