from accounts.rules import INSIDERS, Role
from core.access import permission
from core.i18n import _l

ADMINISTER = permission("accounts.administer", _l("administer people, units and roles"), {Role.administrator})
SEE_PEOPLE = permission("accounts.see_people", _l("see the people of the organisation"), INSIDERS)
