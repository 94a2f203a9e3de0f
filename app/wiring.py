"""Who is joined with whom: blueprints, signals and reactions, slots, search, tasks, navigation. One page to read."""

from flask import Flask

from app import navigation, page_parts, panels
from app.navigation import HOME, Item, Section
from core import search, slots, tasks, web
from core.i18n import _l


def wire(app: Flask) -> None:
    import accounts.jobs
    import accounts.words  # noqa: F401 - registers how the trail of the room reads
    from accounts import views as accounts_views
    from app import views as app_views
    from certification import views as certification_views
    from delivery import views as delivery_views
    from standards import views as standards_views
    from standards.views import journey_offers
    from standards.views import listing as standard_pages
    from standards.views.frameworks import find_clauses

    page_parts.init_app(app)
    web.init_app(app, accounts_views.load_person)
    app.register_blueprint(app_views.blueprint)
    app.register_blueprint(accounts_views.blueprint)
    app.register_blueprint(standards_views.blueprint)
    app.register_blueprint(standards_views.frameworks_blueprint)
    app.register_blueprint(standards_views.journeys_blueprint)
    app.register_blueprint(delivery_views.blueprint)
    search.offer(accounts_views.people.search)
    search.offer(find_clauses)
    search.offer(standard_pages.search)
    search.offer(app_views.guide.search)
    search.offer(journey_offers.search)
    slots.fill("standard.side", journey_offers.beside_standard)
    slots.fill("overview.main", standard_pages.in_force_panel)
    tasks.offer(standard_pages.tasks)
    app.register_blueprint(certification_views.blueprint)
    search.offer(certification_views.offers.search)
    slots.fill("framework.side", certification_views.offers.framework_panel)
    slots.fill("overview.main", certification_views.offers.visit_panel)
    slots.fill("overview.side", panels.site)
    wire_improvement(app)
    wire_training(app)
    wire_delivery(app)
    wire_satisfaction(app)
    wire_complaints(app)
    wire_audits(app)
    wire_reviews(app)
    wire_navigation()


def wire_improvement(app: Flask) -> None:
    """Findings and tickets: beside standards, clauses and on the overview."""
    import improvement.jobs  # noqa: F401 - registers the duty of the room
    from improvement import views
    from improvement.permissions import RAISE
    from improvement.views import panels
    from standards import proof

    for blueprint in views.blueprints:
        app.register_blueprint(blueprint)
    slots.fill("standards.findings", panels.of_standard)
    slots.fill("standard.side", panels.beside_standard)
    slots.fill("clause.side", panels.beside_clause)
    slots.fill("promise.side", panels.beside_promise)
    slots.fill("overview.side", panels.strip)
    proof.offer(panels.proofs)
    search.offer(panels.search)
    tasks.offer(panels.tasks)
    navigation.COUNTERS["findings"] = panels.count_findings
    navigation.COUNTERS["tickets"] = panels.count_tickets
    action = ("findings.new", _l("Record a finding"), RAISE, "btn-primary")
    if action[0] not in {item[0] for item in page_parts.OVERVIEW_ACTIONS}:
        page_parts.OVERVIEW_ACTIONS.append(action)


def wire_training(app: Flask) -> None:
    """Courses: given when a version comes into force or by a ticket, which then waits for everybody to pass."""
    import training.jobs  # noqa: F401 - registers the daily duty
    from core import events
    from improvement import backing
    from standards.events import VersionEffective
    from training import views
    from training.operations.assigning import assign_after_version
    from training.tickets import TrainingBacking
    from training.views import panels

    app.register_blueprint(views.blueprint)
    events.react(VersionEffective, assign_after_version)
    backing.provide("training", TrainingBacking())
    slots.fill("standard.side", panels.beside_standard)
    slots.fill("ticket.side", panels.beside_ticket)
    slots.fill("overview.side", panels.own_strip)
    search.offer(panels.search)
    tasks.offer(panels.tasks)
    navigation.COUNTERS["training"] = panels.count_own


def wire_delivery(app: Flask) -> None:
    """Figures of promises: shown on standards and the overview, measured again when a version comes into force."""
    import delivery.jobs  # noqa: F401 - registers the work of the worker
    from core import events
    from delivery import measures, operations, reports, touchpoints, words
    from delivery import views as delivery_views
    from improvement import links
    from improvement import measures as improvement_measures
    from standards import proof, touch
    from standards.events import VersionEffective

    events.react(VersionEffective, operations.measure_after_version)
    proof.offer(reports.proofs)
    touch.offer_delivered(touchpoints.delivered)
    improvement_measures.register(measures.PREFIX, measures.AttainmentMeasure())
    links.register_origin(measures.PREFIX, measures.origin_address)
    search.offer(delivery_views.logs.search)
    slots.fill("overview.main", reports.promises_panel)
    slots.fill("overview.side", reports.slipping_panel)
    app.jinja_env.globals.update(delivery_limit=words.limit_words, delivery_rule=words.limit_rule)


def wire_satisfaction(app: Flask) -> None:
    """Surveys: what customers felt, beside the promises it is about; items as measures of tickets."""
    import satisfaction.jobs  # noqa: F401 - registers the work of the worker
    from improvement import links
    from improvement import measures as improvement_measures
    from satisfaction import charts, measures, reports, touchpoints, views, words
    from satisfaction.operations import analyses
    from satisfaction.operations.indicators import scores
    from satisfaction.queries.touchpoints import touchpoints_in_use
    from standards import proof, touch

    assert words.__doc__  # registers how the trail of the room reads
    app.register_blueprint(views.blueprint)
    app.jinja_env.globals.update(charts.GLOBALS)
    proof.offer(reports.proofs)
    touch.offer_felt(touchpoints.felt)
    touch.offer_uses(touchpoints_in_use)
    improvement_measures.register(measures.PREFIX, measures.SurveyMeasure())
    links.register_origin(measures.PREFIX, measures.origin_address)
    links.register_origin("analysis", analyses.address)
    links.register_origin("indicator", scores.address)
    slots.fill("standard.side", reports.felt_panel)
    slots.fill("overview.side", reports.on_overview)
    slots.fill("touchpoint.side", touchpoints.beside_touchpoint)
    slots.fill("wave.side", views.indicators.panels.beside_wave)
    search.offer(views.offers.search)
    tasks.offer(views.offers.tasks)
    wire_customers(app)


def wire_customers(app: Flask) -> None:
    """The customer register and samples of it, beside the waves that ask them."""
    import satisfaction.customers.jobs
    import satisfaction.customers.words
    import satisfaction.sampling.jobs  # noqa: F401 - they register the work of the worker and how the trail reads
    from satisfaction.customers import views as customer_views
    from satisfaction.sampling import pictures
    from satisfaction.sampling import views as sampling_views

    app.register_blueprint(customer_views.blueprint)
    app.register_blueprint(sampling_views.blueprint)
    app.jinja_env.globals.update(pictures.GLOBALS)
    slots.fill("wave.side", sampling_views.listing.beside_wave)
    search.offer(customer_views.register.search)
    search.offer(sampling_views.listing.search)


def wire_complaints(app: Flask) -> None:
    """Complaints: beside the standards, tickets and units they are about; findings lead back to them."""
    from complaints import views
    from complaints.operations.links import ORIGIN
    from complaints.permissions import HANDLE
    from complaints.views import panels
    from improvement import links

    app.register_blueprint(views.blueprint)
    links.register_origin(ORIGIN, panels.origin_address)
    slots.fill("standard.side", panels.beside_standard)
    slots.fill("ticket.side", panels.beside_ticket)
    slots.fill("unit.side", panels.beside_unit)
    slots.fill("overview.side", panels.on_overview)
    search.offer(panels.search)
    tasks.offer(panels.tasks)
    navigation.COUNTERS["complaints"] = panels.count_waiting
    action = ("complaints.register", _l("Register a complaint"), HANDLE, "btn-line")
    if action[0] not in {item[0] for item in page_parts.OVERVIEW_ACTIONS}:
        page_parts.OVERVIEW_ACTIONS.append(action)


def wire_audits(app: Flask) -> None:
    """Audits: beside standards, clauses and frameworks; their findings' tickets tell them when they are closed."""
    import audits.jobs  # noqa: F401 - registers the work of the worker
    from audits import views
    from audits.operations import follow_up
    from core import events
    from improvement import links
    from improvement.events import TicketClosed, TicketReopened

    app.register_blueprint(views.blueprint)
    events.react(TicketClosed, follow_up.on_ticket_closed)
    events.react(TicketReopened, follow_up.on_ticket_reopened)
    links.register_origin("audit", views.panels.origin_address)
    slots.fill("standard.side", views.panels.beside_standard)
    slots.fill("clause.side", views.panels.beside_clause)
    slots.fill("framework.side", views.panels.beside_framework)
    slots.fill("overview.side", views.panels.audits_now)
    search.offer(views.panels.search)
    tasks.offer(views.panels.tasks)


def wire_reviews(app: Flask) -> None:
    """Management reviews: their decisions become tickets, which lead back to them."""
    import reviews.jobs  # noqa: F401 - registers the work of the worker
    from reviews import views

    app.register_blueprint(views.blueprint)
    slots.fill("ticket.side", views.panels.beside_ticket)
    slots.fill("overview.side", views.panels.on_overview)
    search.offer(views.panels.search)
    tasks.offer(views.panels.tasks)


def wire_navigation() -> None:
    from accounts.permissions import ADMINISTER, READ_OUTBOX, READ_TRAIL
    from audits.permissions import SEE as SEE_AUDITS
    from certification.permissions import SEE as SEE_READINESS
    from complaints.permissions import SEE as SEE_COMPLAINTS
    from delivery.permissions import SEE as SEE_DELIVERY
    from improvement.permissions import SEE as SEE_FINDINGS
    from reviews.permissions import SEE as SEE_REVIEWS
    from satisfaction.customers.permissions import SEE as SEE_CUSTOMERS
    from satisfaction.permissions import SEE as SEE_SURVEYS
    from standards.permissions import SEE
    from training.permissions import SEE as SEE_TRAINING

    navigation.SECTIONS[:] = [
        HOME,
        Section(
            _l("Promise"),
            (
                Item(
                    "standards.index",
                    _l("Service standards"),
                    "file-earmark-ruled",
                    SEE,
                    blueprints=("standards",),
                ),
                Item(
                    "journeys.index",
                    _l("Journeys"),
                    "signpost-split",
                    SEE,
                    blueprints=("journeys",),
                ),
                Item("frameworks.index", _l("Frameworks"), "grid-3x3", SEE, blueprints=("frameworks",)),
                Item(
                    "training.mine",
                    _l("Training"),
                    "mortarboard",
                    SEE_TRAINING,
                    count="training",
                    blueprints=("training",),
                ),
            ),
        ),
        Section(
            _l("Proof"),
            (
                Item("delivery.show", _l("Delivery"), "stopwatch", SEE_DELIVERY, blueprints=("delivery",)),
                Item(
                    "satisfaction.index",
                    _l("Satisfaction"),
                    "chat-square-heart",
                    SEE_SURVEYS,
                    blueprints=("satisfaction",),
                ),
                Item(
                    "customers.index",
                    _l("Customers"),
                    "person-lines-fill",
                    SEE_CUSTOMERS,
                    blueprints=("customers", "sampling"),
                ),
                Item(
                    "complaints.index",
                    _l("Complaints"),
                    "megaphone",
                    SEE_COMPLAINTS,
                    count="complaints",
                    blueprints=("complaints",),
                ),
                Item("audits.index", _l("Audits"), "clipboard-check", SEE_AUDITS, blueprints=("audits",)),
            ),
        ),
        Section(
            _l("Improvement"),
            (
                Item(
                    "findings.index",
                    _l("Findings"),
                    "binoculars",
                    SEE_FINDINGS,
                    count="findings",
                    blueprints=("findings",),
                ),
                Item(
                    "tickets.index",
                    _l("Tickets"),
                    "arrow-repeat",
                    SEE_FINDINGS,
                    count="tickets",
                    blueprints=("tickets",),
                ),
                Item("reviews.index", _l("Reviews"), "easel", SEE_REVIEWS, blueprints=("reviews",)),
                Item(
                    "certification.readiness",
                    _l("Certification"),
                    "patch-check",
                    SEE_READINESS,
                    blueprints=("certification",),
                ),
            ),
        ),
        Section(
            _l("Organisation"),
            (
                Item("accounts.people", _l("People"), "person-badge", ADMINISTER, blueprints=("accounts",)),
                Item(
                    "accounts.units",
                    _l("Units"),
                    "diagram-3",
                    ADMINISTER,
                    also=("accounts.unit", "accounts.add_unit", "accounts.change_unit", "accounts.move_unit"),
                ),
                Item(
                    "overview.trail",
                    _l("Trail"),
                    "clock-history",
                    READ_TRAIL,
                    also=("overview.trail_entry",),
                    whole=True,
                ),
                Item(
                    "overview.outbox",
                    _l("Outbox"),
                    "envelope",
                    READ_OUTBOX,
                    also=("overview.outbox_mail", "overview.reveal_mail"),
                    whole=True,
                ),
            ),
        ),
    ]
