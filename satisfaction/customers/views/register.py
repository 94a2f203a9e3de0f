"""The list of customers, and what the quick search finds of them."""

from typing import Any

from flask import g, url_for
from markupsafe import Markup
from sqlalchemy import ColumnElement

from accounts.lists import unit_filter
from core import access
from core.access import guard
from core.errors import NotFound
from core.i18n import _, _l, format_number
from core.search import Hit
from core.tables import Column, Empty, Filter, ListPage, choice_filter, row_urls, two_lines
from core.web import saved
from satisfaction import lists
from satisfaction.customers import operations, queries
from satisfaction.customers.models import Customer
from satisfaction.customers.permissions import KEEP, SEE
from satisfaction.customers.rules import KIND_LABELS, LANGUAGES, Kind
from satisfaction.customers.views import blueprint

STANDINGS: dict[str, tuple[Any, Any]] = {
    "in": (_l("In the register"), Customer.withdrawn_at.is_(None)),
    "mail": (
        _l("Can be asked by mail"),
        Customer.withdrawn_at.is_(None) & Customer.no_contact.is_(False) & (Customer.email != ""),
    ),
    "stop": (_l("Do not contact"), Customer.withdrawn_at.is_(None) & Customer.no_contact.is_(True)),
    "out": (_l("Withdrawn"), Customer.withdrawn_at.is_not(None)),
}


def _standing(value: str) -> ColumnElement[bool] | None:
    found: ColumnElement[bool] | None = STANDINGS[value][1] if value in STANDINGS else None
    return found


def _name(row: Any, url: Any) -> Markup:
    return two_lines(url(row.id), row.name or row.code, row.code if row.name else "")


def _reach(row: Any) -> str:
    if row.withdrawn_at is not None:
        return str(_("Withdrawn"))
    if row.erased_at is not None:
        return str(_("Erased"))
    if row.no_contact:
        return str(_("Do not contact"))
    ways = [str(_("E-mail"))] if row.email else []
    return " · ".join([*ways, str(_("Telephone"))] if row.phone else ways) or "—"


COLUMNS = (
    Column("code", _l("Customer"), _name, sort=Customer.code, export=lambda row, _url: row.code),
    Column("name", _l("Name"), lambda row, _url: row.name, sort=Customer.name, shown=False),
    Column(
        "kind", _l("Customer group"), lambda row, _url: str(KIND_LABELS[Kind(row.kind)]), sort=Customer.kind
    ),
    lists.UNIT,
    Column("region", _l("Region"), lambda row, _url: row.region or "—", sort=Customer.region),
    Column("channel", _l("Channel"), lambda row, _url: row.channel or "—", sort=Customer.channel),
    Column("segment", _l("Segment"), lambda row, _url: row.segment or "—", sort=Customer.segment),
    Column(
        "volume",
        _l("Volume"),
        lambda row, _url: "—" if row.volume is None else format_number(row.volume),
        sort=Customer.volume,
        export=lambda row, _url: row.volume,
        css="r num",
        shown=False,
        descending=True,
    ),
    Column("language", _l("Language"), lambda row, _url: str(LANGUAGES[row.language]), shown=False),
    Column("email", _l("E-mail"), lambda row, _url: row.email, shown=False),
    Column("phone", _l("Telephone"), lambda row, _url: row.phone, shown=False),
    Column("reach", _l("Reached by"), lambda row, _url: _reach(row)),
)


def _empty() -> Empty:
    return Empty(
        _("No customers yet"),
        _(
            "The register says who could be asked: external, intermediate and internal customers, former, potential and competitors’ ones. Samples are drawn from it. Bring in a list as CSV or XLSX; a code is enough, names and addresses are optional."
        ),
        (url_for("customers.start_import"), _("Import a file")) if access.may(g.person, KEEP) else None,
    )


INDEX = ListPage(
    "customers",
    _l("Customers"),
    columns=COLUMNS,
    tie=Customer.id,
    default_sort="code",
    filters=(
        choice_filter(
            "kind", _l("Customer group"), Customer.kind, lambda: [(kind.value, kind.label) for kind in Kind]
        ),
        unit_filter(SEE),
        Filter(
            "standing",
            _l("State"),
            lambda: [(key, word) for key, (word, _condition) in STANDINGS.items()],
            _standing,
            default="in",
            fixed=True,
        ),
    ),
    search=(
        Customer.code, Customer.name, Customer.email, Customer.region, Customer.channel, Customer.segment,
    ),
    search_label=_l("Code, name, mail or attribute"),
    empty=_empty,
    context=lambda: row_urls("customers.customer", "customer_id"),
    taken_at="customers.export",
)  # fmt: skip


@blueprint.get("/customers")
@guard(SEE)
def index() -> Any:
    statement = queries.select_customers(g.person)
    return INDEX.answer("customers/index.html", statement, may_keep=access.may(g.person, KEEP))


@blueprint.post("/customers/export")
@guard(SEE)
def export() -> Any:
    """The register as asked for, as a file: names and addresses leave the house, so it is kept who took them."""
    statement = queries.select_customers(g.person)
    made = INDEX.export(statement)
    if made is None:
        raise NotFound
    operations.note_export(rows=INDEX.count(statement), columns=INDEX.exported_columns, actor=g.person)
    return saved(made)


def search(person: Any, words: str, limit: int) -> list[Hit]:
    if not access.may(person, SEE):
        return []
    return [
        Hit(
            each.code,
            each.shown_name,
            url_for("customers.customer", customer_id=each.id),
            _("Customer"),
            str(KIND_LABELS[Kind(each.kind)]),
        )
        for each in queries.search(person, words, limit)
    ]
