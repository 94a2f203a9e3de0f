"""Secret links of drawn customers: derived with the site's key from a number kept with the draw, so that a reminder can
carry the same link and nothing in the database shows it; and the link by which a customer wants no more mails."""

import base64
import hashlib
import hmac
import secrets

from flask import current_app

from core import mail
from core.errors import NotFound
from core.forms import number_or_none
from satisfaction.customers.models import Customer
from satisfaction.customers.queries import get_customer


def new_nonce() -> str:
    return secrets.token_urlsafe(18)


def _seal(text: str, length: int) -> str:
    key = str(current_app.config["SECRET_KEY"]).encode()
    digest = hmac.new(key, text.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:length]).decode().rstrip("=")


def personal_token(nonce: str) -> str:
    """The token of a personal link (see satisfaction/tokens.py: they begin with p)."""
    return "p" + _seal(f"sampling:{nonce}", 21)


def _stop_token(customer_id: int, code: str) -> str:
    return f"{customer_id}-{_seal(f'stop:{customer_id}:{code}', 18)}"


def _base() -> str:
    return str(current_app.config["BASE_URL"]).rstrip("/")


def personal_link(nonce: str, language: str, *, hidden: bool = False) -> str:
    """The address of the questionnaire; `hidden` marks the token for mails, which administrators can open."""
    token = personal_token(nonce)
    return f"{_base()}/s/{mail.secret(token) if hidden else token}?lang={language}"


def stop_link(customer_id: int, code: str, language: str, *, hidden: bool = False) -> str:
    """The address where a customer says that no more mails are wanted."""
    token = _stop_token(customer_id, code)
    return f"{_base()}/stop/{mail.secret(token) if hidden else token}?lang={language}"


def customer_of(token: str) -> Customer:
    """Whose link it is; a wrong link and a customer that does not exist look the same."""
    number = number_or_none(token.partition("-")[0])
    found = None
    if number is not None:
        try:
            found = get_customer(number)
        except NotFound:
            found = None
    expected = _stop_token(number or 0, found.code if found is not None else "")
    if not hmac.compare_digest(expected.encode(), token[:200].encode()) or found is None:
        raise NotFound
    return found
