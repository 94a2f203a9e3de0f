from accounts.rules import INSIDERS, Role
from core.access import permission
from core.i18n import _l

SEE = permission("improvement.see", _l("see findings and tickets"), INSIDERS)
RAISE = permission("improvement.raise", _l("record findings"), INSIDERS)
TRIAGE = permission("improvement.triage", _l("triage findings"), {Role.quality_manager})
MANAGE = permission(
    "improvement.manage", _l("approve plans, overrule verdicts, cancel tickets"), {Role.quality_manager}
)
OWN = permission("improvement.own", _l("own tickets and plan improvements"), INSIDERS)
VERIFY = permission("improvement.verify", _l("verify tickets"), {Role.quality_manager, Role.auditor})
