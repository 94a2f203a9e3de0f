"""The questions of a questionnaire as HTML: for respondents and for the preview. Plain string work, every text escaped."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import escape

from core.i18n import _, _l, lang_of, pick
from satisfaction.rules.items import KANO_ANSWERS, PART_LABELS, PARTS, Kind, bounds, key_of

FAULTS = {
    "missing": _l("Please answer this question."),
    "outside": _l("Please choose one of the answers given."),
}


def questions(
    items: Sequence[Any], given: Mapping[str, Sequence[str]], faults: Mapping[str, str]
) -> list[str]:
    return [_question(number, item, given, faults) for number, item in enumerate(items, 1)]


def _question(number: int, item: Any, given: Mapping[str, Sequence[str]], faults: Mapping[str, str]) -> str:
    kind = Kind(item.kind)
    parts = PARTS.get(kind, ("",))
    made = [f'<section class="qn" id="q-{escape(item.code)}">']
    for place, part in enumerate(parts):
        key = key_of(item.code, part)
        en, zh = (item.text_en, item.text_zh) if place == 0 else (item.second_en, item.second_zh)
        made.append(_part(number if place == 0 else 0, item, kind, part, key, en, zh, given, faults))
    made.append("</section>")
    return "".join(made)


def _part(
    number: int,
    item: Any,
    kind: Kind,
    part: str,
    key: str,
    en: str,
    zh: str,
    given: Mapping[str, Sequence[str]],
    faults: Mapping[str, str],
) -> str:
    name = escape(key)
    field_id = key.replace(".", "-")
    lang = lang_of(en, zh)
    mark = f' lang="{lang}"' if lang else ""
    counted = f'<span class="no">{number}</span>' if number else '<span class="no" aria-hidden="true"></span>'
    side = f'<span class="side-word">{escape(PART_LABELS[part])}</span>' if part else ""
    needed = f' <span class="need">{escape(_("please answer"))}</span>' if item.required else ""
    if kind is Kind.choice and item.several:
        needed += f' <span class="need">{escape(_("several possible"))}</span>'
    question = f"{counted}{side}<span{mark}>{escape(pick(en, zh))}</span>{needed}"
    fault = faults.get(key)
    wrong = (
        f'<p class="err" id="e-{field_id}"><span class="bi-mark" aria-hidden="true">!</span>{escape(FAULTS[fault])}</p>'
        if fault
        else ""
    )
    described = f' aria-describedby="e-{field_id}"' if fault else ""
    values = set(given.get(key, ()))
    if kind == Kind.text:
        text = next(iter(given.get(key, ())), "")
        return (
            f'<div class="part{" invalid" if fault else ""}"><label class="q" for="f-{field_id}">{question}</label>'
            f'<textarea id="f-{field_id}" name="{name}" rows="4" maxlength="2000"{described}>{escape(text)}</textarea>{wrong}</div>'
        )
    fieldset = f'<fieldset class="part{" invalid" if fault else ""}"{described}><legend class="q">{question}</legend>'
    body = (
        _choices(item, name, field_id, values)
        if kind == Kind.choice
        else _scale(item, kind, name, field_id, values)
    )
    away = ""
    if item.allow_na:
        away = _option(
            "radio" if not item.several else "checkbox",
            name,
            f"f-{field_id}-na",
            "na",
            _("Does not apply to me"),
            values,
            "na",
        )
    return f"{fieldset}{body}{away}{wrong}</fieldset>"


def _option(
    kind: str,
    name: Any,
    option_id: str,
    value: str,
    label: Any,
    values: set[str],
    css: str = "",
    lang: str = "",
) -> str:
    checked = " checked" if value in values else ""
    mark = f' lang="{lang}"' if lang else ""
    return (
        f'<label class="opt {css}" for="{option_id}"><input type="{kind}" id="{option_id}" name="{name}" value="{value}"{checked}>'
        f"<span{mark}>{escape(label)}</span></label>"
    )


def _choices(item: Any, name: Any, field_id: str, values: set[str]) -> str:
    kind = "checkbox" if item.several else "radio"
    made = [
        _option(
            kind, name, f"f-{field_id}-{number}", str(number), pick(option.get("en"), option.get("zh")), values,
            lang=lang_of(option.get("en"), option.get("zh")),
        )
        for number, option in enumerate(item.options, 1)
    ]  # fmt: skip
    return f'<div class="opts">{"".join(made)}</div>'


def _scale(item: Any, kind: Kind, name: Any, field_id: str, values: set[str]) -> str:
    low, high = bounds(item)
    if kind == Kind.kano:
        made = [
            _option("radio", name, f"f-{field_id}-{number}", str(number), word, values)
            for number, word in enumerate(KANO_ANSWERS, 1)
        ]
        return f'<div class="opts">{"".join(made)}</div>'
    made = [
        _option("radio", name, f"f-{field_id}-{number}", str(number), number, values, "pt")
        for number in range(low, high + 1)
    ]
    lowest, highest = ends(item, kind)
    return (
        f'<div class="scale n{high - low + 1}">{"".join(made)}</div>'
        f'<div class="ends" aria-hidden="true"><span>{low} = {escape(lowest)}</span><span>{high} = {escape(highest)}</span></div>'
        f'<p class="visually-hidden">{escape(_("From %(low)s, %(lowest)s, to %(high)s, %(highest)s.", low=low, lowest=lowest, high=high, highest=highest))}</p>'
    )


def ends(item: Any, kind: Kind) -> tuple[str, str]:
    """Words for the lowest and the highest answer: the item's own, else those usual for its kind."""
    usual = {
        Kind.nps: (_("not at all likely"), _("extremely likely")),
        Kind.csat: (_("very dissatisfied"), _("very satisfied")),
        Kind.ces: (_("strongly disagree"), _("strongly agree")),
        Kind.importance: (_("not important"), _("very important")),
        Kind.servqual: (_("strongly disagree"), _("strongly agree")),
    }.get(kind, (_("very poor"), _("very good")))
    return (
        pick(item.low_en, item.low_zh) or usual[0],
        pick(item.high_en, item.high_zh) or usual[1],
    )
