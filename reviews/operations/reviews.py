from collections.abc import Sequence
from datetime import date
from typing import Any

from accounts.models import Person, Unit
from core import access, trail
from core.db import expect_version, next_code, session
from core.errors import RuleViolation
from core.i18n import _, force_locale
from reviews.models import AgendaItem, Review, ReviewMember
from reviews.operations.steps import permit, tell_moved
from reviews.permissions import CHAIR, PREPARE
from reviews.queries import reviews as queries
from reviews.rules.agenda import FRAMEWORKS, OWN, inputs_for
from reviews.rules.schedule import MOST_DAYS, REPEATS, next_meeting, next_period

PLAN = (
    "title_en",
    "title_zh",
    "frameworks",
    "first_day",
    "last_day",
    "meets_on",
    "place",
    "guests",
    "repeat_months",
)
PARTICIPANTS_MOST = 60


def plan_review(
    unit: Unit,
    *,
    frameworks: Sequence[str],
    first_day: date,
    last_day: date,
    meets_on: date,
    chair: Person | None = None,
    participants: Sequence[Person] = (),
    title_en: str = "",
    title_zh: str = "",
    place: str = "",
    guests: str = "",
    repeat_months: int = 0,
    actor: Any,
) -> Review:
    """A new review; its agenda follows from what the frameworks ask to be looked at."""
    access.require(actor, PREPARE, unit.path, what=_("plan a management review"))
    codes = _check(frameworks, first_day, last_day, repeat_months)
    _check_chair(chair, unit)
    if not title_en and not title_zh:
        title_en, title_zh = _title(meets_on)
    made = Review(
        code=next_code("REV", year=meets_on.year),
        unit=unit,
        frameworks=codes,
        first_day=first_day,
        last_day=last_day,
        meets_on=meets_on,
        chair=chair,
        title_en=title_en,
        title_zh=title_zh,
        place=place,
        guests=guests,
        repeat_months=repeat_months,
    )
    session.add(made)
    session.flush()
    _set_participants(made, participants)
    _generate(made)
    session.flush()
    trail.record(
        made,
        "review.planned",
        actor=actor,
        changes={
            "chair": chair.name if chair else "",
            "participants": sorted(person.name for person in participants),
            "meets_on": meets_on,
            "first_day": first_day,
            "last_day": last_day,
        },
    )
    return made


def _title(meets_on: date) -> tuple[str, str]:
    found = []
    for code in ("en", "zh"):
        with force_locale(code):
            found.append(str(_("Management review %(year)s", year=meets_on.year)))
    return found[0], found[1]


def _check(frameworks: Sequence[str], first_day: date, last_day: date, repeat_months: int) -> list[str]:
    codes = [code for code in FRAMEWORKS if code in set(frameworks)]
    if not codes:
        raise RuleViolation(
            _("Choose at least one framework: the agenda follows from what it asks for."), field="frameworks"
        )
    if last_day < first_day:
        raise RuleViolation(_("The period ends before it begins."), field="last_day")
    if (last_day - first_day).days > MOST_DAYS:
        raise RuleViolation(_("A review looks back at most three years."), field="first_day")
    if repeat_months not in REPEATS:
        raise RuleViolation(_("Choose how often the review repeats."), field="repeat_months")
    return codes


def _check_chair(chair: Person | None, unit: Unit) -> None:
    from accounts.queries import holdings_of

    if chair is None:
        return
    if not chair.active:
        raise RuleViolation(_("%(name)s has left; choose somebody else.", name=chair.name), field="chair_id")
    if not any(
        item.role in CHAIR.roles and unit.path.startswith(item.path) for item in holdings_of(chair.id)
    ):
        raise RuleViolation(
            _("%(name)s can't chair here: choose somebody of top management.", name=chair.name),
            field="chair_id",
        )


def _set_participants(review: Review, people: Sequence[Person]) -> None:
    """The chair is not counted among them."""
    wanted = {person.id: person for person in people if person.id != review.chair_id}
    if len(wanted) > PARTICIPANTS_MOST:
        raise RuleViolation(_("At most %(num)s participants.", num=PARTICIPANTS_MOST), field="participants")
    for member in queries.members_of(review.id):
        if member.person_id not in wanted:
            session.delete(member)
        else:
            del wanted[member.person_id]
    for person_id in wanted:
        session.add(ReviewMember(review_id=review.id, person_id=person_id))
    session.flush()


def _generate(review: Review) -> None:
    """Items for the inputs that are asked for and missing; what is no longer asked for and untouched goes."""
    wanted = inputs_for(review.frameworks)
    present = {item.kind: item for item in queries.items_of(review.id) if item.kind != OWN}
    keys = [found.key for found in wanted]
    for key, item in present.items():
        if key not in keys and not item.comment and not item.is_settled:
            session.delete(item)
    for place, found in enumerate(wanted, 1):
        if found.key in present:
            present[found.key].position = place
        else:
            session.add(AgendaItem(review_id=review.id, position=place, kind=found.key))
    session.flush()


def change(
    review: Review,
    *,
    chair: Person | None,
    participants: Sequence[Person],
    seen: int | None = None,
    actor: Any,
    **values: Any,
) -> None:
    """The plan, before the meeting is closed; the agenda follows the frameworks."""
    expect_version(review, seen, what=review.code, fields=[*PLAN, "chair_id"])
    permit(review, "plan", actor)
    values["frameworks"] = _check(
        values["frameworks"], values["first_day"], values["last_day"], values["repeat_months"]
    )
    _check_chair(chair, review.unit)
    if not values["title_en"] and not values["title_zh"]:
        raise RuleViolation(_("Give the review a title in at least one language."), field="title_en")
    before = sorted(member.person.name for member in queries.members_of(review.id))
    changes: dict[str, Any] = dict(trail.changed(review, {name: values[name] for name in PLAN}))
    if (review.chair_id or None) != (chair.id if chair else None):
        changes["chair"] = (review.chair.name if review.chair else "", chair.name if chair else "")
        review.chair = chair
        session.flush()
    _set_participants(review, participants)
    after = sorted(member.person.name for member in queries.members_of(review.id))
    if before != after:
        changes["participants"] = (before, after)
    if "frameworks" in changes:
        _generate(review)
    if changes:
        trail.record(review, "review.changed", actor=actor, changes=changes)
    if "meets_on" in changes:
        tell_moved(review, actor=actor)


def copy_plan(review: Review) -> Review:
    """The next of a series, not yet told to the trail."""
    first, last = next_period(review.last_day, review.repeat_months)
    meets_on = next_meeting(review.meets_on, review.repeat_months)
    chair = review.chair if review.chair is not None and review.chair.active else None
    titles = (
        _title(meets_on)
        if (review.title_en, review.title_zh) == _title(review.meets_on)
        else (
            review.title_en,
            review.title_zh,
        )
    )
    made = Review(
        code=next_code("REV", year=meets_on.year),
        unit=review.unit,
        frameworks=list(review.frameworks),
        first_day=first,
        last_day=last,
        meets_on=meets_on,
        place=review.place,
        guests=review.guests,
        chair=chair,
        title_en=titles[0],
        title_zh=titles[1],
        repeat_months=review.repeat_months,
        follows_id=review.id,
    )
    session.add(made)
    session.flush()
    _set_participants(
        made, [member.person for member in queries.members_of(review.id) if member.person.active]
    )
    _generate(made)
    return made
