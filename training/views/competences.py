"""Competences: what there is, who has which until when, and what shows it."""

from typing import Any

from flask import g, render_template, request, url_for
from markupsafe import Markup

from core import access, files, trail
from core.access import guard
from core.errors import NotFound
from core.forms import choices, record_number
from core.i18n import _, _l, _p, pick
from core.tables import Column, Empty, Filter, ListPage, row_urls, two_lines
from training import forms
from training.models import Competence
from training.operations import competences as operations
from training.permissions import ASSIGN, SEE, SEE_RECORDS, WRITE
from training.queries import assignments, people
from training.queries import competences as queries
from training.rules import stale
from training.views.blueprint import blueprint, received, save_page
from training.views.courses import validity


def _page() -> ListPage:
    url = row_urls("training.competence", "competence_id")
    columns = [
        Column(
            "name",
            _l("Competence"),
            lambda row: two_lines(url(row.id), pick(row.name_en, row.name_zh), row.code),
            sort=Competence.code,
            export=lambda row: pick(row.name_en, row.name_zh),
        ),
        Column("code", _l("Code"), lambda row: row.code, sort=Competence.code, shown=False),
        Column(
            "valid",
            _l("Valid for"),
            lambda row: validity(row.valid_months),
            sort=Competence.valid_months,
        ),
        Column("courses", _l("Courses"), lambda row: row.courses, css="r"),
        Column(
            "active",
            _l("State"),
            lambda row: (
                _("In use") if row.active else Markup('<span class="quiet">{}</span>').format(_("Not in use"))
            ),
            sort=Competence.active,
        ),
    ]
    if access.may(g.person, SEE_RECORDS):
        columns.insert(4, Column("holders", _l("Holders now"), lambda row: row.holders, css="r"))
    return ListPage(
        "competences",
        _l("Competences"),
        columns=columns,
        tie=Competence.id,
        default_sort="name",
        filters=[
            Filter(
                "state",
                _l("State"),
                lambda: [("active", _("In use")), ("ended", _("Not in use"))],
                lambda value: (
                    Competence.active.is_(value == "active") if value in {"active", "ended"} else None
                ),
            )
        ],
        search=[Competence.code, Competence.name_en, Competence.name_zh],
        empty=lambda: Empty(
            _("No competences yet"),
            _(
                "A competence is what somebody can be shown to be able to do: first aid, handling complaints, reading a meter. A course or a document proves it, for a time."
            ),
            (url_for("training.new_competence"), _("Name a competence"))
            if access.may(g.person, WRITE)
            else None,
        ),
    )


@blueprint.get("/competences")
@guard(SEE)
def competences() -> Any:
    page = _page()
    statement = queries.select_competences(g.person)
    return page.answer("training/competences.html", statement)


@blueprint.get("/competences/<int:competence_id>")
@guard(SEE)
def competence(competence_id: int) -> str:
    found = queries.get_competence(competence_id)
    return render_template(
        "training/competence.html",
        competence=found,
        courses=queries.list_courses_of(found.id),
        proofs=queries.list_proofs(found.id, g.person) if access.may(g.person, SEE_RECORDS) else None,
        stale=stale,
        validity=validity,
        may_change=access.may_everywhere(g.person, WRITE),
        may_prove=access.may(g.person, ASSIGN),
        assigns=lambda unit: access.may(g.person, ASSIGN, unit.path),
        day=assignments.today(),
        entries=trail.history(found, limit=60),
    )


def _crumbs(found: Competence | None, last: Any) -> list[tuple[str | None, Any]]:
    crumbs: list[tuple[str | None, Any]] = [(url_for("training.competences"), _("Competences"))]
    if found is not None:
        crumbs.append((url_for("training.competence", competence_id=found.id), found.code))
    return [*crumbs, (None, last)]


def _hints() -> dict[str, Any]:
    return {"valid_months": _("From the day of the proof; 0 means for good.")}


@blueprint.route("/competences/new", methods=["GET", "POST"])
@guard(WRITE)
def new_competence() -> Any:
    form = forms.CompetenceForm()

    def save() -> str:
        made = operations.add_competence(
            **{key: value or "" for key, value in form.values.items() if key != "valid_months"},
            valid_months=form.valid_months.data,
            actor=g.person,
        )
        return url_for(".competence", competence_id=made.id)

    return save_page(
        form,
        save,
        crumbs=_crumbs(None, _("New")),
        heading=_("Name a competence"),
        button=_("Add"),
        done=_("Competence added."),
        back=url_for(".competences"),
        hints=_hints(),
        once=True,
        pairs=True,
    )


@blueprint.route("/competences/<int:competence_id>/change", methods=["GET", "POST"])
@guard(WRITE)
def change_competence(competence_id: int) -> Any:
    found = queries.get_competence(competence_id)
    if not access.may_everywhere(g.person, WRITE):
        operations.refuse(found)
    form = forms.ChangeCompetenceForm(obj=found)

    def save() -> None:
        values = form.values
        operations.change_competence(
            found,
            **{key: value or "" for key, value in values.items() if key not in {"valid_months", "active"}},
            valid_months=values["valid_months"],
            active=values["active"],
            seen=form.seen_version,
            actor=g.person,
        )

    return save_page(
        form,
        save,
        crumbs=_crumbs(found, _("Change")),
        heading=_("Change %(code)s", code=found.code),
        button=_("Save"),
        done=_("Saved."),
        back=url_for(".competence", competence_id=found.id),
        hints=_hints(),
        pairs=True,
    )


@blueprint.route("/competences/<int:competence_id>/proofs/new", methods=["GET", "POST"])
@guard(ASSIGN)
def new_proof(competence_id: int) -> Any:
    from accounts import queries as accounts

    found = queries.get_competence(competence_id)
    form = forms.ProofForm()
    form.person_id.choices = choices((person.id, person.name) for person in people.list_assignable(g.person))
    if request.method == "GET":
        form.from_date.data = assignments.today()
        form.person_id.data = request.args.get("person", type=record_number)

    def save() -> None:
        operations.prove(
            found,
            accounts.get_person(form.person_id.data),
            from_date=form.from_date.data,
            until_date=form.until_date.data,
            note=form.note.data or "",
            file=received(form.file.data),
            actor=g.person,
        )

    return save_page(
        form,
        save,
        crumbs=_crumbs(found, _("New proof")),
        heading=_("Record a proof of %(name)s", name=found.name),
        button=_p("button", "Record"),
        done=_("Recorded."),
        back=url_for(".competence", competence_id=found.id),
        hints={
            "until_date": _(
                "Empty: as long as the competence is valid (%(time)s).", time=validity(found.valid_months)
            ),
            "note": _("For example the number of a licence, or who examined."),
            "file": _("A picture, PDF, Word, Excel or text file up to 25 MB."),
        },
        once=True,
        upload=True,
    )


@blueprint.route("/proofs/<int:proof_id>/withdraw", methods=["GET", "POST"])
@guard(ASSIGN)
def withdraw_proof(proof_id: int) -> Any:
    found = queries.get_proof_for(g.person, proof_id)
    access.require(g.person, ASSIGN, found.person.unit.path, what=found.person.name)
    form = forms.ReasonForm()
    return save_page(
        form,
        lambda: operations.withdraw_proof(found, reason=form.reason.data, actor=g.person),
        crumbs=_crumbs(found.competence, _("Withdraw")),
        heading=_("Withdraw the proof"),
        button=_("Withdraw"),
        done=_("Withdrawn; it stays in sight with the reason."),
        back=url_for(".competence", competence_id=found.competence_id),
        note=f"{found.person.name}: {found.competence.name}",
    )


@blueprint.get("/proofs/<int:proof_id>/file")
@guard(SEE)
def proof_file(proof_id: int) -> Any:
    found = queries.get_proof_for(g.person, proof_id)
    if found.file is None:
        raise NotFound
    return files.send(found.file)
