"""How the trail of this room reads."""

from typing import Any

from core.history import say
from core.i18n import _l, pick
from satisfaction.rules.analyses import Method
from satisfaction.rules.imports import REASONS, ImportState
from satisfaction.rules.items import DIMENSIONS, Kind
from satisfaction.rules.waves import CHANNELS, WaveState

say(
    {
        "questionnaire.written": _l("Questionnaire written"),
        "questionnaire.changed": _l("Questionnaire changed"),
        "questionnaire.drafted": _l("New version drafted"),
        "questionnaire.version_discarded": _l("Version discarded"),
        "questionnaire.texts_changed": _l("Words at the beginning and end changed"),
        "questionnaire.item_added": _l("Item added"),
        "questionnaire.items_added": _l("Items added"),
        "questionnaire.item_changed": _l("Item changed"),
        "questionnaire.item_removed": _l("Item removed"),
        "questionnaire.item_placed": _l("Touchpoint of an item changed"),
        "questionnaire.items_ordered": _l("Order of the items changed"),
        "questionnaire.frozen": _l("Version frozen: it can be answered"),
        "wave.planned": _l("Wave planned"),
        "wave.changed": _l("Wave changed"),
        "wave.opened": _l("Wave opened"),
        "wave.closed": _l("Wave closed"),
        "wave.reopened": _l("Wave opened again"),
        "wave.analysed": _l("Analysis concluded"),
        "wave.revised": _l("Analysis taken back"),
        "wave.discarded": _l("Plan of a wave discarded"),
        "wave.invited": _l("Personal links made"),
        "wave.links_withdrawn": _l("Unused personal links withdrawn"),
        "wave.computed": _l("Figures computed"),
        "analysis.done": _l("Analysis run"),
        "analysis.refused": _l("Analysis not possible with these data"),
        "analysis.finding_raised": _l("Finding raised from the analysis"),
        "response_import.received": _l("File of answers received"),
        "response_import.accepted": _l("File of answers imported"),
        "response_import.discarded": _l("Import of answers discarded"),
        "response_import.withdrawn": _l("Import of answers withdrawn"),
    },
    {
        "item": _l("Item"),
        "touchpoint_id": _l("Touchpoint"),
        "method": _l("Method"),
        "answers": _l("Responses"),
        "inputs": _l("Hash of the inputs"),
        "same_as": _l("Same inputs as"),
        "finding": _l("Finding"),
        "items": _l("Question codes"),
        "links": _l("Links"),
        "anonymous": _l("Anonymous"),
        "open_link": _l("Open link"),
        "questionnaire": _l("Questionnaire"),
        "wave": _l("Wave"),
        "accepted": _l("Answers taken"),
        "first_day": _l("First day to answer"),
        "last_day": _l("Last day to answer"),
        "channels": _l("Ways"),
        "min_cell": _l("Smallest group shown"),
        "quota": _l("Most answers"),
        "population": _l("Population"),
        "intro_en": _l("Words at the beginning (English)"),
        "intro_zh": _l("Words at the beginning (Chinese)"),
        "thanks_en": _l("Words at the end (English)"),
        "thanks_zh": _l("Words at the end (Chinese)"),
        "text_en": _l("Wording (English)"),
        "text_zh": _l("Wording (Chinese)"),
        "second_en": _l("Other side of the pair, in English"),
        "second_zh": _l("Other side of the pair, in Chinese"),
        "points": _l("Points"),
        "low_en": _l("Lowest answer, in English"),
        "low_zh": _l("Lowest answer, in Chinese"),
        "high_en": _l("Highest answer, in English"),
        "high_zh": _l("Highest answer, in Chinese"),
        "options": _l("Options"),
        "several": _l("Several options may be chosen"),
        "required": _l("Must be answered"),
        "allow_na": _l("“Does not apply to me” may be chosen"),
        "reverse": _l("Turned round: a high answer is bad"),
        "about_code": _l("Importance of"),
        "top": _l("Top box"),
        "purpose": _l("Purpose"),
        "owner_id": _l("Owner"),
        "findings": _l("Findings"),
        "engine_version": _l("Version of the engine"),
    },
    values={"options": lambda value: "; ".join(pick(each["en"], each["zh"]) for each in value)},
    codes={
        "state": (WaveState, ImportState),
        "method": (Method,),
        "kind": (Kind,),
        "dimension": (DIMENSIONS,),
        "channels": (CHANNELS,),
    },
)


def reason_label(code: str) -> Any:
    return REASONS.get(code, code)
