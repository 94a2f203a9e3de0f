"""How the trail of this room reads."""

from certification.rules.packs import Part
from core.history import say
from core.i18n import _l

say(
    {
        "pack.ordered": _l("Pack ordered"),
        "pack.built": _l("Pack built"),
        "pack.failed": _l("Pack could not be built"),
    },
    {
        "framework": _l("Framework"),
        "parts": _l("Parts"),
        "sha256": _l("SHA-256 of the file"),
        "size": _l("Size in bytes"),
        "trail_head": _l("Head of the trail"),
        "manifest": _l("SHA-256 of the list of files"),
    },
    codes={"parts": (Part,)},
)
