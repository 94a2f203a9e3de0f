"""Frameworks and their clauses: what they look for, who answers them, two of them side by side."""

from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for

import standards.clause_words  # noqa: F401 - registers how the trail reads
from accounts import queries as accounts
from accounts.models import Unit
from core import access, trail
from core.access import guard
from core.errors import NotFound
from core.i18n import LANGUAGES, _, _l
from core.pages import form_page, refusals
from core.search import Hit
from core.slots import panels
from standards.forms.mapping import LicensedTextForm
from standards.models import Clause, Framework
from standards.operations import frameworks as operations
from standards.permissions import KEEP_TEXT, MAP, READ_TEXT, SEE, WRITE
from standards.queries import frameworks as queries
from standards.queries import mapping as mapping_queries
from standards.reports import coverage as reports
from standards.rules.clauses import Basis, Confidence, Nature, Relation, needs_check
from standards.rules.coverage import Degree, Status
from standards.rules.versions import VersionState
from standards.views import frameworks_blueprint as blueprint


def root() -> Unit:
    found = accounts.find_root()
    if found is None:
        raise NotFound
    return found


@blueprint.app_template_global()
def clause_url(clause: Clause) -> str:
    return url_for("frameworks.clause", code=clause.framework.code, number=clause.number)


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    """Words of codes, for the templates of this place."""
    return {
        "nature_of": lambda framework: Nature(framework.nature),
        "confidence_of": Confidence,
        "basis_of": Basis,
        "relation_of": Relation,
        "degree_of": Degree,
        "needs_check": lambda clause: needs_check(clause.confidence, clause.basis),
        "clause_statuses": list(Status),
        "version_word": lambda state: VersionState(state).label,
    }


@blueprint.get("/frameworks")
@guard(SEE)
def index() -> str:
    words = request.args.get("q", "").strip()[:100]
    return render_template(
        "frameworks/index.html",
        frameworks=queries.list_frameworks(),
        counts=reports.counts(root(), actor=g.person),
        words=words,
        found=queries.search_clauses(words, limit=60) if words else [],
    )


@blueprint.get("/frameworks/<code>")
@guard(SEE)
def show(code: str) -> str:
    framework = queries.get_framework(code)
    clauses = queries.list_clauses(framework.id)
    words = request.args.get("q", "").strip()[:100]
    shown = clauses
    if words:
        shown = _with_ancestors(
            clauses,
            {clause.id for clause in queries.search_clauses(words, framework_id=framework.id, limit=400)},
        )
    others = [item for item in queries.list_frameworks() if item.id != framework.id]
    return render_template(
        "frameworks/framework.html",
        framework=framework,
        clauses=shown,
        total=len(clauses),
        words=words,
        statuses={
            item.clause.id: item for item in reports.clause_statuses(framework, root(), actor=g.person)
        },
        others=others,
        successor=next((item for item in others if item.supersedes_id == framework.id), None),
        predecessor=next((item for item in others if item.id == framework.supersedes_id), None),
        history=trail.history(framework),
        side=panels("framework.side", framework, g.person),
    )


def _with_ancestors(clauses: list[Clause], found: set[int]) -> list[Clause]:
    parents = {clause.id: clause.parent_id for clause in clauses}
    wanted = set()
    for clause_id in found:
        current: int | None = clause_id
        while current is not None and current not in wanted:
            wanted.add(current)
            current = parents[current]
    return [clause for clause in clauses if clause.id in wanted]


@blueprint.get("/frameworks/compare")
@guard(SEE)
def compare() -> str:
    all_frameworks = queries.list_frameworks()
    by_code = {item.code: item for item in all_frameworks}
    left = by_code.get(request.args.get("left", ""))
    right = by_code.get(request.args.get("right", ""))
    if left is None or right is None:
        left, right = _usual_pair(all_frameworks, left or right)
    pairs = queries.side_by_side(left, right) if left and right and left.id != right.id else []
    if request.args.get("only") == "tied":
        pairs = [pair for pair in pairs if pair.left and pair.right]
    elif request.args.get("only") == "changed":
        pairs = [pair for pair in pairs if pair.changed or pair.left is None or pair.right is None]
    return render_template(
        "frameworks/compare.html",
        frameworks=all_frameworks,
        left=left,
        right=right,
        pairs=pairs,
        only=request.args.get("only", ""),
    )


def _usual_pair(found: list[Framework], one: Framework | None) -> tuple[Framework | None, Framework | None]:
    """Two editions of the same standard are what people compare most."""
    by_id = {item.id: item for item in found}
    for item in found:
        before = by_id.get(item.supersedes_id or 0)
        if before is not None and (one is None or one.id in {item.id, before.id}):
            return before, item
    if one is None:
        return None, None
    return one, next((item for item in found if item.id != one.id and item.current), None)


@blueprint.get("/frameworks/<code>/clauses/<number>")
@guard(SEE)
def clause(code: str, number: str) -> str:
    found = queries.get_clause(code, number)
    siblings = queries.list_clauses(found.framework_id)
    place = next(position for position, item in enumerate(siblings) if item.id == found.id)
    above = _ancestors(siblings, found)
    unit = root()
    here = mapping_queries.addressings(clause_ids=[found.id], actor=g.person)
    return render_template(
        "frameworks/clause.html",
        clause=found,
        framework=found.framework,
        above=above,
        children=[item for item in siblings if item.parent_id == found.id],
        before=siblings[place - 1] if place else None,
        after=siblings[place + 1] if place + 1 < len(siblings) else None,
        links=queries.links_of([found.id]),
        addressings=here,
        may_map={item.version.id: mapping_queries.may_map(g.person, item.version) for item in here},
        suggestions=mapping_queries.suggestions_for_clause(found, g.person) if found.assessable else [],
        summary=reports.clause_status(found, unit, actor=g.person) if found.assessable else None,
        decisions=_decisions(found),
        texts=queries.licensed_texts(found) if access.may(g.person, READ_TEXT) else {},
        may_keep_text=access.may(g.person, KEEP_TEXT),
        may_read_text=access.may(g.person, READ_TEXT),
        may_judge=access.may(g.person, MAP),
        may_map_some=access.may(g.person, MAP) or access.may(g.person, WRITE),
        side=panels("clause.side", found, g.person),
        history=trail.history(found),
    )


def _ancestors(siblings: list[Clause], found: Clause) -> list[Clause]:
    by_id = {item.id: item for item in siblings}
    above = []
    current = found.parent_id
    while current is not None:
        above.append(by_id[current])
        current = by_id[current].parent_id
    return above[::-1]


def _decisions(found: Clause) -> list[tuple[Any, Unit]]:
    """What units said of this clause, from the top of the tree down, where the person may read it."""
    rows = [
        (decision, path)
        for decision, path in mapping_queries.list_applicability([found.id])
        if decision.standard_id is None
    ]
    if not rows:
        return []
    units = {unit.id: unit for unit in accounts.list_units(active_only=False)}
    return [(decision, units[decision.unit_id]) for decision, _path in sorted(rows, key=lambda row: row[1])]


@blueprint.route("/frameworks/<code>/clauses/<number>/text/<language>", methods=["GET", "POST"])
@guard(KEEP_TEXT)
def licensed_text(code: str, number: str, language: str) -> Any:
    if language not in LANGUAGES:
        abort(404)
    found = queries.get_clause(code, number)
    kept = queries.licensed_texts(found).get(language)
    form = LicensedTextForm(obj=kept)
    if form.validate_on_submit():
        with refusals(form):
            operations.keep_text(
                found, language, form.text.data or "", seen=form.seen_version, actor=g.person
            )
            flash(_("Text kept. It is shown to your own people only."), "good")
            return redirect(clause_url(found))
    return form_page(
        "frameworks/licensed_text.html", form, clause=found, framework=found.framework, language=language
    )


def find_clauses(_person: Any, words: str, limit: int) -> list[Hit]:
    """Clauses for the quick search."""
    return [
        Hit(
            code=f"{item.framework.designation} {item.number}",
            title=item.title,
            url=clause_url(item),
            kind=_l("Clause"),
            detail=item.looks_for,
        )
        for item in queries.search_clauses(words, limit=limit)
    ]
