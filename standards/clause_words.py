"""How the trail reads where clauses, mappings and judgements are concerned."""

from core.history import say
from core.i18n import _l
from standards.rules.coverage import Degree, Status

say(
    {
        "framework.loaded": _l("Catalog loaded"),
        "clause.text_kept": _l("Licensed text changed"),
        "clause.applicability_decided": _l("Applicability decided"),
        "clause.judged": _l("Judged"),
        "clause.overridden": _l("Judged against the mappings"),
        "mapping.added": _l("Requirement mapped to a clause"),
        "mapping.changed": _l("Mapping changed"),
        "mapping.removed": _l("Mapping taken away"),
    },
    {
        "added": _l("Added"),
        "changed": _l("Changed"),
        "removed": _l("Removed"),
        "kept": _l("Kept because something hangs on it"),
        "sha256": _l("SHA-256"),
        "characters": _l("Characters"),
        "applicable": _l("Applicable"),
        "adopted": _l("Adopted as criterion"),
        "judgement": _l("Judgement"),
        "justification": _l("Reason"),
        "requirement": _l("Requirement"),
        "version": _l("Version"),
        "clause": _l("Clause"),
        "degree": _l("Degree"),
        "rationale": _l("Rationale"),
        "rationale_en": _l("Rationale (English)"),
        "rationale_zh": _l("Rationale (Chinese)"),
        "standard": _l("Service standard"),
    },
    codes={"degree": (Degree,), "judgement": (Status,)},
)
