"""Certification packs of the demonstration: ISO 10002 over the last year of the log."""

from datetime import timedelta

from certification.operations import order_pack
from certification.rules.packs import Part
from core.i18n import force_locale
from demo.cast import Cast
from standards.queries.frameworks import get_framework


def order(cast: Cast, language: str, person: str) -> None:
    framework = get_framework("iso-10002-2018")
    last = cast.timeline.last
    with force_locale(language):
        order_pack(
            framework,
            cast.unit("BCS"),
            first=last - timedelta(days=364),
            last=last,
            language=language,
            parts=[part.value for part in Part],
            actor=cast.person(person),
        )
