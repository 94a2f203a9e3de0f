"""Certification packs of the demonstration: ISO 10002 over the last year of the log."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from certification.operations import order_pack
from certification.rules.packs import Part
from core import settings
from core.i18n import force_locale
from demo import log
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


@contextmanager
def helped() -> Iterator[None]:
    """A second process takes jobs meanwhile, as a second worker would; it finds the database by the environment."""
    helper = subprocess.Popen([sys.executable, "-m", "demo.packs"], cwd=settings.ROOT)
    try:
        yield
    finally:
        if helper.wait() != 0:
            raise RuntimeError("the second worker ended with an error")


def _help() -> None:
    from wsgi import application

    logging.getLogger().setLevel(logging.WARNING)

    with application.app_context():
        log.run_jobs(application)


if __name__ == "__main__":
    _help()
