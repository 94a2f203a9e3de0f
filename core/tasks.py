"""What waits for a person: each room says what it knows, the overview and "My tasks" show it by date."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from core.i18n import zone


@dataclass(frozen=True)
class Task:
    """One thing that needs this person: `verb` is the button, `url` leads straight to it."""

    icon: str
    title: str
    code: str
    due: date | None
    verb: Any
    url: str
    kind: str = ""


#: who is asked for a signature or a verification has two weeks where nothing else says until when
ANSWER_DAYS = 14


def answer_by(asked: datetime | None) -> date | None:
    return asked.astimezone(zone()).date() + timedelta(days=ANSWER_DAYS) if asked else None


Provider = Callable[[Any], list[Task]]
_providers: list[Provider] = []


def offer(provider: Provider) -> None:
    if provider not in _providers:
        _providers.append(provider)


def tasks_of(person: Any) -> list[Task]:
    """All open tasks of a person, the most urgent first; those without a date last."""
    found = [task for provider in _providers for task in provider(person)]
    return sorted(found, key=lambda task: (task.due is None, task.due or date.max, task.code))
