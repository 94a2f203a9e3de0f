"""Tokens of public links: unguessable, and of a personal one only the hash is kept."""

import hashlib
import hmac
import secrets

from flask import current_app


def open_token() -> str:
    return "w" + secrets.token_urlsafe(15)


def personal_token() -> str:
    return "p" + secrets.token_urlsafe(21)


def answer_token() -> str:
    """Of one answering: it finds what was saved and makes sending twice the same as sending once."""
    return secrets.token_urlsafe(18)


def hashed(token: str, purpose: str = "") -> str:
    return hashlib.sha256(f"{purpose}:{token}".encode()).hexdigest()


def network(address: str, wave_id: int, kind: str, slot: str) -> str:
    """Names a network for some minutes without telling which one it is."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, f"{address}|{wave_id}|{kind}|{slot}".encode(), hashlib.sha256).hexdigest()
