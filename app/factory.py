import logging
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

from flask import Flask, g, get_flashed_messages, request
from flask.templating import Environment
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from app import tables, wiring
from app.frame import frame
from app.navigation import navigation
from core import assets, i18n, settings, web
from core.charts import serving as charts
from core.cookies import FormTokens
from core.db import db, prepare_engine, use_again

ROOT = Path(__file__).resolve().parent.parent
csrf = FormTokens()
assert tables.__all__


class Templates(Environment):
    """No template has globals of its own, so all use those of the application as they are: a page looks up some hundred
    names, and each cost three steps in Python through the map that would keep them apart."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """The application, from settings in the environment; `overrides` are Flask configuration keys (tests)."""
    app = Flask(
        "plumbline",
        root_path=str(ROOT),
        template_folder=str(ROOT / "templates"),
        static_folder=None,
    )
    app.config.update(settings.read())
    app.config.update(overrides or {})
    app.jinja_environment = Templates
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # the default provider has it
    if not app.testing:
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
        logging.getLogger("alembic").setLevel(logging.WARNING)
    db.init_app(app)
    use_again(app)
    with app.app_context():
        prepare_engine(db.engine)
    i18n.init_app(app)
    app.before_request(web.refuse_unusable)  # before anything reads the form
    csrf.init_app(app)
    charts.init_app(app)
    wiring.wire(app)
    app.context_processor(_page_context)
    assets.init_app(app)
    if app.config["PROXIES"]:
        count = app.config["PROXIES"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]  # the documented way
    web.check_guards(app)
    return app


def _page_context() -> dict[str, Any]:
    """What every page needs: who, where, which language; nothing here costs a statement but the counts."""
    person = getattr(g, "person", None)
    return {
        "person": person,
        "frame": frame(navigation, _other_language_url),
        "flashes": lambda: get_flashed_messages(with_categories=True),
        "organisation": getattr(g, "organisation", None),
        "other_language_url": _other_language_url,
    }


def _other_language_url() -> str:
    from urllib.parse import urlencode

    other = "en" if i18n.language() == "zh" else "zh"
    arguments = {key: value for key, value in request.args.items() if key != "lang"}
    if request.method != "GET":
        arguments = {}
    return f"{request.path}?{urlencode({**arguments, 'lang': other})}"
