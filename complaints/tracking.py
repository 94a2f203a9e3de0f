"""The secret link by which a complainant follows a complaint: derived with the site's key, so that it can be written
into every mail without being kept with the complaint. A new `link_key` makes the old link useless."""

import base64
import hashlib
import hmac
import secrets

from flask import current_app

from complaints.models import Complaint
from core import mail
from core.db import session
from core.errors import NotFound
from core.forms import number_or_none


def new_key() -> str:
    return secrets.token_urlsafe(18)


def _seal(number: int, key: str) -> str:
    secret = str(current_app.config["SECRET_KEY"]).encode()
    digest = hmac.new(secret, f"complaint:{number}:{key}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode()


def token_of(complaint: Complaint) -> str:
    return f"{complaint.id}-{_seal(complaint.id, complaint.link_key)}"


def link_of(complaint: Complaint) -> str:
    """For a mail to the complainant: nobody else reads the token of it."""
    return f"{current_app.config['BASE_URL']}/follow/{mail.secret(token_of(complaint))}?lang={complaint.language}"


def get_by_token(token: str) -> Complaint:
    """The complaint of a link; a wrong link and a complaint that does not exist look the same."""
    number, _dash, seal = token.partition("-")
    wanted = number_or_none(number)
    found = session.get(Complaint, wanted) if wanted is not None else None
    key = found.link_key if found is not None else "nobody"
    right = hmac.compare_digest(_seal(wanted or 0, key).encode(), seal[:200].encode())
    if found is None or not right:
        raise NotFound
    return found
