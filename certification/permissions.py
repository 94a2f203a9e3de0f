from accounts.rules import Role
from core.access import permission
from core.i18n import _l

SEE = permission(
    "certification.see",
    _l("see readiness and certification packs"),
    {
        Role.administrator,
        Role.quality_manager,
        Role.auditor,
        Role.process_owner,
        Role.top_management,
        Role.visiting_auditor,
    },
)
BUILD = permission("certification.build", _l("build certification packs"), {Role.quality_manager})
VISIT = permission(
    "certification.visit", _l("look at the organisation for a certification"), {Role.visiting_auditor}
)
