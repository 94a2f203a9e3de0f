"""The study of self-service machines: each attribute asked as a pair of expectation and perception, as a pair with it and
without it, and as satisfaction with its importance."""

from collections.abc import Iterator
from typing import Any

from demo import content
from satisfaction.rules.imports import Mapping, Use

Given = dict[str, Any]
AGREE = {
    "low_en": "not at all",
    "low_zh": "完全不同意",
    "high_en": "fully",
    "high_zh": "完全同意",
}
CONTENT = {"low_en": "not at all", "low_zh": "很不满意", "high_en": "very", "high_zh": "非常满意"}
NEEDED = {"low_en": "not at all", "low_zh": "完全不重要", "high_en": "very", "high_zh": "非常重要"}


def items() -> Iterator[Given]:
    """In the order in which people were asked."""
    given = content.kiosk()
    forms: dict[str, dict[str, str]] = given["forms"]
    attributes: list[Given] = given["attributes"]

    def said(form: str, attribute: Given, field: str) -> dict[str, str]:
        return {f"{field}_{code}": text.format_map(attribute) for code, text in forms[form].items()}

    for one in sorted((each for each in attributes if "sq" in each), key=lambda each: each["sq"]):
        yield {
            "code": f"SQ{one['sq']:02}",
            "kind": "servqual",
            "points": 7,
            "dimension": one["dimension"],
            **said("servqual", one, "text"),
            **said("servqual_second", one, "second"),
            **AGREE,
        }
    for one in sorted((each for each in attributes if "kano" in each), key=lambda each: each["kano"]):
        yield {
            "code": f"K{one['kano']:02}",
            "kind": "kano",
            "dimension": one["dimension"],
            **said("kano", one, "text"),
            **said("kano_second", one, "second"),
        }
    for one in sorted((each for each in attributes if "ipa" in each), key=lambda each: each["ipa"]):
        code = f"S{one['ipa']:02}"
        yield {
            "code": f"I{one['ipa']:02}",
            "kind": "importance",
            "points": 7,
            "about_code": code,
            **said("importance", one, "text"),
            **NEEDED,
        }
        yield {
            "code": code,
            "kind": "scale",
            "points": 7,
            **said("scale", one, "text"),
            **CONTENT,
        }
    for one in given["overall"]:
        yield {
            "code": one["code"],
            "kind": "scale",
            "points": 5,
            "text_en": one["en"],
            "text_zh": one["zh"],
            **AGREE,
        }


def constructs() -> dict[str, str]:
    """Where a path model places the ratings: under the dimension of their attribute; the overall ones at its end."""
    given = content.kiosk()
    found = {f"S{one['ipa']:02}": str(one["dimension"]) for one in given["attributes"] if "ipa" in one}
    return found | {one["code"]: str(one["construct"]) for one in given["overall"]}


def mapping() -> Mapping:
    """What the columns of the file mean; its Kano answers are words."""
    given = content.kiosk()
    uses = {"use": Use("group")}
    for one in given["attributes"]:
        if "sq" in one:
            for part, column in (("e", "exp"), ("p", "per")):
                uses[f"sq{one['sq']:02}_{column}"] = Use("item", f"SQ{one['sq']:02}.{part}")
        if "kano" in one:
            for part, column in (("f", "pos"), ("d", "neg")):
                uses[f"kano{one['kano']:02}_{column}"] = Use("item", f"K{one['kano']:02}.{part}")
        if "ipa" in one:
            for code, column in (("I", "imp"), ("S", "sat")):
                uses[f"ipa{one['ipa']:02}_{column}"] = Use("item", f"{code}{one['ipa']:02}")
    uses |= {one["column"]: Use("item", one["code"]) for one in given["overall"]}
    return Mapping(uses=uses, kano=tuple(tuple(words) for words in given["answers"]), channel="counter")
