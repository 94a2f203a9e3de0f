"""Personal links of a draw and the mails that carry them. A mail exists exactly when its recipient's row does, so however
often a button is pressed and wherever a worker dies, nobody is written the same mail twice."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from core import clock, jobs, mail, trail
from core.db import session, table_of
from core.errors import RuleViolation
from core.i18n import _, force_locale, format_date, format_datetime, format_number
from satisfaction import tokens
from satisfaction.models import Invitation, Wave
from satisfaction.queries.waves import count_invitations
from satisfaction.rules.waves import INVITATIONS_MOST, WaveState
from satisfaction.sampling import links, queries
from satisfaction.sampling.models import DrawnCustomer, Mailing, MailingRecipient, SamplingPlan
from satisfaction.sampling.operations.plans import permit
from satisfaction.sampling.rules import BATCH, LINK, REMIND_AFTER_DAYS, REMINDERS_MOST, filled

MAIL_JOB = "sampling.mail"
_drawn, _invitation = table_of(DrawnCustomer), table_of(Invitation)


def _wave_of(plan: SamplingPlan) -> Wave:
    if plan.state != "drawn":
        raise RuleViolation(_("Draw the sample first."))
    if plan.wave is None:
        raise RuleViolation(_("The plan belongs to no wave yet: choose one first."))
    return plan.wave


def make_links(plan: SamplingPlan, *, actor: Any) -> int:
    """A personal link for each drawn customer who has none and may be contacted. Made again, it adds nothing."""
    permit(plan, actor)
    wave = _wave_of(plan)
    session.execute(
        select(SamplingPlan.id).where(SamplingPlan.id == plan.id).with_for_update(of=SamplingPlan)
    )
    if wave.state not in {WaveState.draft, WaveState.open}:
        raise RuleViolation(_("The wave is closed: new links would lead nowhere."))
    people = queries.list_unlinked(plan.id)
    if count_invitations(wave.id)[0] + len(people) > INVITATIONS_MOST:
        raise RuleViolation(_("A wave has at most %(num)s personal links.", num=f"{INVITATIONS_MOST:,}"))
    if not people:
        return 0
    hashes = {row.id: tokens.hashed(links.personal_token(row.nonce)) for row in people}
    session.execute(
        insert(_invitation),
        [
            {
                "wave_id": wave.id,
                "token_hash": hashes[row.id],
                "reference": row.code,
                "grouping": "" if wave.anonymous else row.stratum[:120],
                "used": False,
            }
            for row in people
        ],
    )
    made: dict[str, int] = {}
    wanted = list(hashes.values())
    for start in range(0, len(wanted), 500):
        found = session.execute(
            select(_invitation.c.token_hash, _invitation.c.id).where(
                _invitation.c.token_hash.in_(wanted[start : start + 500])
            )
        )
        made |= {row[0]: row[1] for row in found}
    joined = (
        update(_drawn)
        .where(_drawn.c.id == bindparam("of_id"))
        .values(invitation_id=bindparam("to_invitation"))
    )
    session.connection().execute(
        joined, [{"of_id": key, "to_invitation": made[digest]} for key, digest in hashes.items()]
    )
    trail.record(plan, "sampling_plan.linked", actor=actor, changes={"links": len(people), "wave": wave.code})
    trail.record(wave, "wave.invited", actor=actor, changes={"links": len(people)})
    return len(people)


def list_handed_out(plan: SamplingPlan, *, actor: Any) -> list[tuple[str, str, str, str, str]]:
    """(code, name, telephone, stratum, link) of those who get no mail, to be told or printed; that it was taken is noted."""
    permit(plan, actor)
    _wave_of(plan)
    found = [
        (row.code, row.name, row.phone, row.stratum, links.personal_link(row.nonce, row.language))
        for row in queries.list_without_mail(plan.id, actor)
    ]
    if not found:
        raise RuleViolation(_("Everybody who has a link has a mail address as well."))
    trail.record(plan, "sampling_plan.links_taken", actor=actor, changes={"links": len(found)})
    return found


def _check_texts(texts: dict[str, str]) -> None:
    for code in ("en", "zh"):
        if not texts[f"subject_{code}"].strip():
            raise RuleViolation(_("Give the mail a subject."), field=f"subject_{code}")
        if LINK not in texts[f"body_{code}"]:
            raise RuleViolation(
                _("The text needs the place %(place)s, where the personal link will stand.", place=LINK),
                field=f"body_{code}",
            )


def check_sending(plan: SamplingPlan, number: int) -> None:
    """Whether mail `number` may go out now; the sentence of a refusal says what is missing."""
    wave = _wave_of(plan)
    if wave.state != WaveState.open:
        raise RuleViolation(_("Open the wave first: its links would lead nowhere."))
    sent = [mailing for mailing, _count in queries.list_mailings(plan.id)]
    running = [each for each in sent if (job := jobs.find(each.job_id)) is not None and job.is_open]
    if running:
        raise RuleViolation(_("Mails are being written right now. Wait until that is done."))
    if not queries.count_links(plan.id)[1]:
        raise RuleViolation(_("Make the personal links first."))
    if number:
        if not sent:
            raise RuleViolation(_("Nobody was invited yet: a reminder comes after the invitation."))
        if number > max(each.number for each in sent) + 1:
            raise RuleViolation(_("Reminders go one after the other."))
        if number > REMINDERS_MOST:
            raise RuleViolation(_("Three reminders are enough; more would annoy."))
        last = max(each.created_at for each in sent if each.number < number)
        earliest = last + timedelta(days=REMIND_AFTER_DAYS)
        if clock.now() < earliest:
            raise RuleViolation(
                _(
                    "The last mail was written on %(day)s. A reminder may follow from %(earliest)s on.",
                    day=format_datetime(last),
                    earliest=format_datetime(earliest),
                )
            )
    if not queries.count_waiting(plan.id, number):
        raise RuleViolation(
            _(
                "Nobody is left to write to: who answered, has no mail address or asked not to be contacted gets none."
            )
        )


def send(plan: SamplingPlan, number: int, *, texts: dict[str, str], actor: Any) -> Mailing:
    """Start writing: number 0 invites, also those who could not be written to at the first time; others remind."""
    permit(plan, actor)
    _check_texts(texts)
    session.execute(
        select(SamplingPlan.id).where(SamplingPlan.id == plan.id).with_for_update(of=SamplingPlan)
    )
    check_sending(plan, number)
    found = next((each for each, _count in queries.list_mailings(plan.id) if each.number == number), None)
    if found is None:
        found = Mailing(plan_id=plan.id, number=number, started_by_id=actor.id)
        session.add(found)
    for name, value in texts.items():
        setattr(found, name, value)
    found.finished_at = None
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError:
        raise RuleViolation(_("Mails are being written right now. Wait until that is done.")) from None
    waiting = queries.count_waiting(plan.id, number)
    job = jobs.queue(
        MAIL_JOB, _("Write mails for %(code)s", code=plan.code), {"mailing": found.id}, actor=actor
    )
    found.job_id = job.id
    session.flush()
    trail.record(
        plan,
        "sampling_plan.invited" if number == 0 else "sampling_plan.reminded",
        actor=actor,
        changes={"mails": waiting},
    )
    return found


def write_batch(mailing_id: int) -> int:
    """The next mails of a mailing, in the caller's transaction; 0 when nobody is left. The lock keeps two workers apart."""
    mailing = session.scalars(
        select(Mailing)
        .where(Mailing.id == mailing_id)
        .with_for_update(of=Mailing)
        .execution_options(populate_existing=True)
    ).one()
    plan = mailing.plan
    if plan.wave is None or plan.wave.state != WaveState.open:
        raise RuleViolation(_("The wave was closed meanwhile: no more mails are written."))
    people = queries.list_waiting(plan.id, mailing.number, BATCH)
    for row in people:
        written = post(mailing, row)
        session.flush()
        session.execute(
            insert(MailingRecipient).values(mailing_id=mailing.id, drawn_id=row.id, mail_id=written.id)
        )
    if len(people) < BATCH and mailing.finished_at is None:
        mailing.finished_at = clock.now()
    return len(people)


def post(mailing: Mailing, row: Any) -> mail.OutboxMail:
    """One mail in the customer's language, its links marked as secret."""
    to = SimpleNamespace(email=row.email, name=row.name, language=row.language)
    subject, body = texts_of(mailing, row.language)
    return mail.post(
        to=to,
        template="survey",
        subject=filled(subject, link="", name=row.name),
        context={
            "words": filled(
                body, link=links.personal_link(row.nonce, row.language, hidden=True), name=row.name
            ),
            "stop": links.stop_link(row.customer_id, row.code, row.language, hidden=True),
        },
        kind="survey",
    )


def texts_of(mailing: Any, language: str) -> tuple[str, str]:
    if language == "zh":
        return mailing.subject_zh, mailing.body_zh
    return mailing.subject_en, mailing.body_en


def default_texts(plan: SamplingPlan, number: int, organisation: Any) -> dict[str, str]:
    """The text to begin with, in both languages; that of the mail of before where there is one."""
    before = [each for each, _count in queries.list_mailings(plan.id) if (each.number == 0) == (number == 0)]
    names = ("subject_en", "subject_zh", "body_en", "body_zh")
    if before:
        return {name: getattr(before[-1], name) for name in names}
    found: dict[str, str] = {}
    for code in ("en", "zh"):
        with force_locale(code):
            found[f"subject_{code}"], found[f"body_{code}"] = _first_texts(plan, number, organisation)
    return found


def _first_texts(plan: SamplingPlan, number: int, organisation: Any) -> tuple[str, str]:
    title = plan.wave.version.questionnaire.title if plan.wave is not None else plan.name
    until = plan.wave.last_day if plan.wave is not None else None
    day = _("The questionnaire is open until %(day)s.", day=format_date(until, "text")) if until else ""
    if number:
        subject = _("%(title)s: a reminder", title=title)
        lines = [
            _("We wrote to you some days ago and have no answer yet. Your view matters to us:"),
            LINK,
            day,
            _("If you have answered meanwhile, please ignore this mail. Thank you."),
        ]
    else:
        subject = _("%(title)s: may we ask you?", title=title)
        lines = [
            _(
                "%(organisation)s would like to know how you find its service. It takes a few minutes and needs no account; your link counts once:",
                organisation=organisation.name if organisation is not None else "",
            ),
            LINK,
            day,
            _("Thank you for your time."),
        ]
    return subject, "\n\n".join(line for line in lines if line)


def name_of(number: int) -> str:
    return _("Invitation") if number == 0 else _("Reminder %(num)s", num=format_number(number))
