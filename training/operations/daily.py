"""What the daily duty does: follow rules, let records lapse, give refreshers, remind."""

from datetime import timedelta

from flask import current_app

from core import clock, mail
from core.i18n import _n
from training.models import Assignment
from training.operations.assigning import apply_rules, close, give, occasion_of
from training.operations.steps import permit
from training.queries import assignments as queries
from training.queries import courses, due
from training.rules import SOON_DAYS, Reason
from training.rules.days import RENEW_DAYS


def follow_rules() -> int:
    """Who joined a unit or was given a role since yesterday gets what the rules say."""
    return apply_rules(courses.list_standing_rules())


def lapse() -> int:
    """Records whose validity is over, and open training of people who have left, no longer count."""
    over, gone = due.list_over(queries.today()), due.list_of_the_gone()
    for item in over:
        to = permit(item, "lapse", None)
        close(item, to, actor=None, action="training.expired")
    for item in gone:
        to = permit(item, "lapse", None)
        close(item, to, actor=None, action="training.expired")
    return len(over) + len(gone)


def renew() -> int:
    """A refresher for records that end within a month, due on the day they end."""
    today, given = queries.today(), 0
    for item in due.list_to_renew(today + timedelta(days=RENEW_DAYS)):
        occasion = occasion_of(item.course, Reason.renewal, f"renewal:{item.course_id}:{today:%Y-%m}")
        until = max(item.valid_until or today, today + timedelta(days=SOON_DAYS))
        given += len(give(occasion, [item.person], due=until, actor=None))
    return given


def remind() -> int:
    """One mail a person about what is due within a week or late; of each assignment once before and once after."""
    today, now = queries.today(), clock.now()
    by_person: dict[int, list[Assignment]] = {}
    for item in due.list_to_remind(today):
        by_person.setdefault(item.person_id, []).append(item)
    for items in by_person.values():
        late = [item for item in items if item.due is not None and item.due < today]
        _remind(items, late)
        for item in items:
            if item in late:
                item.reminded_late_at = now
            else:
                item.reminded_at = now
    return len(by_person)


def _remind(items: list[Assignment], late: list[Assignment]) -> None:
    person = items[0].person
    count = len(items)

    def subject() -> str:
        if late:
            return _n("%(num)d training is late", "%(num)d trainings are late", len(late))
        return _n("%(num)d training is due soon", "%(num)d trainings are due soon", count)

    mail.post(
        to=person,
        template="training_reminder",
        subject=subject,
        context={
            "late": late,
            "soon": [item for item in items if item not in late],
            "link": f"{current_app.config['BASE_URL']}/training",
        },
        kind="training_reminder",
    )
