"""What the page, the workbook and the report of an analysis have in common: what it says, how it was computed, what to bear in mind."""

from typing import Any, Final

from core.i18n import _, _l, format_datetime, format_number, language, pick
from satisfaction.analyses import telling
from satisfaction.analyses.entered import CALCULATORS
from satisfaction.analyses.forms import FORMS, construct_word
from satisfaction.analyses.telling import Context, Told
from satisfaction.methods.refusal import Sentence
from satisfaction.models import Analysis
from satisfaction.queries.questionnaires import list_items
from satisfaction.rules.analyses import Method, words_of
from satisfaction.showing import MEASURES

NOTES_MOST: Final = 60


def title_of(method: str, title: str, *, entered: bool = False) -> str:
    return title or str(words_of(Method(method), entered=entered).label)


def told_of(found: Analysis) -> Told:
    items = {item.code: item for item in list_items(found.wave.version_id)} if found.wave is not None else {}
    made = telling.tell(
        Method(found.method),
        found.result,
        Context(items, found.names, found.asked, found.made_at, found.spec),
    )
    made.notes_of_groups = _notes_of_groups(found)
    return made


#: why rows were left out, by the engine's codes
DROPPED: dict[str, Any] = {
    "no_answer": _l("no answer to any of the questions"),
    "missing": _l("no answer"),
    "no_complete_scale": _l("no dimension answered completely"),
    "too_few_pairs": _l("less than half of the pairs answered"),
    "no_complete_pair": _l("no pair answered on both sides"),
    "incomplete": _l("not every question answered"),
    "missing_weight": _l("without a weight"),
    "zero_weight": _l("weight 0"),
    "no_value": _l("no value"),
    "no_weight": _l("without a weight"),
    "missing_answers": _l("not every question answered"),
    "no_answers": _l("no answer to any of the questions"),
    "unanswered_leaf": _l("indicators without a score"),
    "rated_once": _l("rated by one alone"),
    "not_rated": _l("not rated"),
}
OPTIONS: dict[str, Any] = {
    "items": _l("Questions"),
    "by": _l("By groups"),
    "together": _l("What belongs together"),
    "test": _l("Test of the gaps"),
    "how": _l("Importance"),
    "overall": _l("Overall question"),
    "derived": _l("How it is derived"),
    "crosshair": _l("Where the lines cross"),
    "model": _l("Model"),
    "missing": _l("Missing answers"),
    "bootstrap": _l("Intervals"),
    "plsc": _l("Also consistent PLS (PLSc)"),
    "item": _l("Question"),
    "counting": _l("Weights of the questions"),
    "grade_values": _l("What the grades are worth, best to worst"),
    "operator": _l("How weights and shares are joined"),
    "strata": _l("Groups that were drawn from separately (strata)"),
    "confidence": _l("Confidence"),
    "second": _l("Second answer"),
    "measure": _l("Figure"),
    "before": _l("Before, or first group"),
    "after": _l("After, or second group"),
    "direction": _l("Better is"),
    "margin": _l("Smallest change worth having"),
    "rules": _l("What counts as a signal"),
    "coarse": _l("States"),
    "weights": _l("Weights"),
    "table": _l("Evaluation table"),
}

GROUPINGS: dict[str, Any] = {
    "channel": _l("How they were asked"),
    "language": _l("Language of the answer"),
    "link": _l("Group of the personal link"),
}


def _options(found: Analysis) -> list[tuple[str, str]]:
    """What was chosen in the form, in its words."""
    if found.wave is None:
        return CALCULATORS[Method(found.method)].said(found.asked)
    form = FORMS[Method(found.method)]
    names = found.names
    made = []
    for key, label in OPTIONS.items():
        value = found.asked.get(key)
        if value in (None, "", [], False) or (
            key in {"overall", "derived"} and found.asked.get("how") == "stated"
        ):
            continue
        if key in {"before", "after"}:
            words = names.get(key) or {}
            shown = pick(words.get("en"), words.get("zh")) or str(value)
        elif key == "weights":
            shown = (
                _("the weights that came with the answers")
                if value == "wave"
                else str(value).partition(":")[2]
            )
        elif isinstance(value, list):
            shown = ", ".join(map(str, value))
        elif value is True:
            shown = _("yes")
        else:
            field = getattr(form, key, None)
            listed = (field.kwargs.get("choices") or []) if field is not None else []
            shown = next(
                (str(choice.label) for choice in listed if str(choice.value) == str(value)), str(value)
            )
        if key == "measure" and value in MEASURES:
            shown = str(MEASURES[value])
        if key in {"by", "strata"}:
            words = names.get("by") or {}
            shown = pick(words.get("en"), words.get("zh")) or _grouping(str(value))
        made.append((str(label), shown))
    if found.asked.get("by") and "groups" in found.result:
        kept, few = len(found.result["groups"]), found.result.get("groups_withheld", 0)
        made.append((_("Groups"), _("%(shown)s shown, %(few)s too small to be shown", shown=kept, few=few)))
    if names.get("absent"):
        made.append(
            (_("Not asked about, so left out of the model"), ", ".join(map(construct_word, names["absent"])))
        )
    if names.get("left_out"):
        left = [code for codes in names["left_out"].values() for code in codes]
        made.append((_("Alone in their dimension, so left out"), ", ".join(left)))
    return made


def _grouping(key: str) -> str:
    """What respondents are told apart by, as long as the answers were not read."""
    return str(GROUPINGS.get(key) or key.partition(":")[2])


def how_of(found: Analysis) -> list[tuple[str, str]]:
    """How it was computed, in pairs of words; the same on the page, in the workbook and on paper."""
    result = found.result
    dropped = result.get("n_dropped") or {}
    made = [
        (_("Method"), title_of(found.method, "", entered=found.wave is None)),
        (_("Wave"), f"{found.wave.name} · {found.wave.code}")
        if found.wave is not None
        else (_("Figures"), _("entered by hand or from a file")),
        (_("Run by"), f"{found.made_by.name}, {format_datetime(found.made_at)}"),
    ]
    if found.wave is not None:
        made.append((_("Answers of the wave"), format_number(found.answers)))
        if "n_used" in result:
            what = _("Waves used") if found.method == Method.chart else _("Respondents used")
            made.append((what, format_number(result["n_used"])))
    for reason, count in (dropped.get("reasons") or {}).items():
        if count:
            made.append((_("Left out: %(why)s", why=DROPPED.get(reason, reason)), format_number(count)))
    made += _options(found)
    if result.get("variant"):
        made.append((_("Variant"), _variant(result)))
    made.append((_("Source"), words_of(Method(found.method), entered=found.wave is None).source))
    if found.seed is not None:
        made.append((_("Seed"), str(found.seed)))
    made += [
        (_("Version of the engine"), found.engine_version),
        (_("Hash of the inputs"), found.inputs_sha256 or "—"),
    ]
    return made


def _variant(result: dict[str, Any]) -> str:
    """In the reader's language; results kept before sentences were kept with them say it in English."""
    said = [str(Sentence.from_dict(each)) for each in result.get("variant_said") or ()]
    return ("；" if language() == "zh" else "; ").join(said) or str(result["variant"])


def notes_of(found: Analysis) -> list[str]:
    flags = list((found.result.get("index_flags") or {}).values())
    made = [Sentence.from_dict(each) for each in [*found.result.get("notes", []), *flags]]
    return [str(each) for each in made if "group" not in each.values]


def _notes_of_groups(found: Analysis) -> list[str]:
    """What is to be borne in mind of single groups alone."""
    words = found.names.get("groups") or {}
    whole = notes_of(found)
    said = [
        f"{pick(**words[name])}: {each.values['reason']}"
        for each in map(Sentence.from_dict, found.result.get("notes", []))
        if (name := each.values.get("group")) in words
    ]
    for group in found.result.get("groups") or ():
        own = [str(Sentence.from_dict(each)) for each in group.get("notes") or ()]
        said += [f"{pick(**words[group['group']])}: {each}" for each in own if each not in whole]
    return said[:NOTES_MOST]
