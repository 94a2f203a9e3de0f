"""Small words and links that templates of several rooms ask for."""

from datetime import date
from typing import Any

from flask import Flask, current_app, g, render_template, url_for
from markupsafe import Markup

from accounts import queries as accounts
from accounts import words as accounts_words
from accounts.permissions import ADMINISTER
from accounts.rules import ROLE_LABELS, Role
from app import guide
from core import access, clock, history
from core.access import Permission
from core.i18n import _, _n, format_date, format_list, zone
from core.jobs import Job, JobState
from core.slots import Panel
from core.tasks import Task

#: buttons of the overview: endpoint, label, permission, css; filled by app/wiring.py
OVERVIEW_ACTIONS: list[tuple[str, Any, Permission | None, str]] = []


def today_line() -> str:
    today = clock.now().astimezone(zone()).date()
    from babel.dates import get_day_names

    from core.i18n import language

    day = get_day_names("wide", locale=language())[today.weekday()]
    if language() == "zh":
        return f"{format_date(today, 'text')} {day}"
    return f"{day}, {format_date(today, 'text')}"


def overview_actions() -> list[tuple[str, Any, str]]:
    """The primary button stands last, at the right, as on every page."""
    return [
        (url_for(endpoint), label, css)
        for endpoint, label, permission, css in sorted(
            OVERVIEW_ACTIONS, key=lambda action: "primary" in action[3]
        )
        if permission is None or access.may(g.person, permission)
    ]


def tasks_line(tasks: list[Task]) -> str:
    today = clock.now().astimezone(zone()).date()
    pressing = sum(1 for task in tasks if task.due is not None and task.due <= today)
    first = _n("%(num)d task", "%(num)d tasks", len(tasks))
    if not pressing:
        return str(first)
    return str(_("%(tasks)s, %(pressing)s due today or late", tasks=first, pressing=pressing))


def due_css(due: date | None) -> str:
    if due is None:
        return "quiet"
    today = clock.now().astimezone(zone()).date()
    return "late" if due < today else "edge" if due == today else "quiet"


def role_names(roles: list[str]) -> str:
    return format_list(ROLE_LABELS[Role(role)] for role in roles)


def administrators() -> str:
    return format_list(person.name for person in accounts.people_with(ADMINISTER, limit=3))


def job_label(job: Job) -> Any:
    return JobState(job.state).label


def job_css(job: Job) -> str:
    return {"done": "good", "failed": "bad", "interrupted": "edge", "cancelled": "few"}.get(job.state, "info")


def render_panel(panel: Panel) -> Markup:
    return Markup(render_template(panel.template, **panel.context))  # noqa: S704 - a template of ours, escaped by Jinja


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(
        today_line=today_line,
        overview_actions=overview_actions,
        tasks_line=tasks_line,
        due_css=due_css,
        role_names=role_names,
        administrators=administrators,
        job_label=job_label,
        job_css=job_css,
        render_panel=render_panel,
        guide_chapters=guide.top_chapters,
        trail_sentence=history.sentence,
        trail_changes=history.changes,
        field_word=history.field_word,
        working_lines=history.working_lines,
        browser_words=accounts_words.browser_words,
        unit_kind=accounts_words.unit_kind,
        plain_word=accounts_words.plain_word,
        known_endpoints=lambda: current_app.view_functions,
    )
