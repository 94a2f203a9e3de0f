from accounts.rules import EVERYBODY, Role
from core.access import permission
from core.i18n import _l

SEE = permission("delivery.see", _l("see how promises were kept and the cases behind"), EVERYBODY)
IMPORT = permission(
    "delivery.import",
    _l("import logs of service events and measure them"),
    {Role.administrator, Role.quality_manager, Role.process_owner},
)
WITHDRAW = permission(
    "delivery.withdraw", _l("withdraw an import"), {Role.quality_manager, Role.process_owner}
)
