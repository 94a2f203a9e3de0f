"""Password hashing with argon2id; the cheap variant is for tests, which sign in hundreds of times."""

import hashlib
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app


@lru_cache(maxsize=2)
def _hasher(cheap: bool) -> PasswordHasher:
    return PasswordHasher(time_cost=1, memory_cost=64, parallelism=1) if cheap else PasswordHasher()


def hasher() -> PasswordHasher:
    return _hasher(bool(current_app.config["CHEAP_PASSWORDS"]))


@lru_cache(maxsize=2)
def _nobody(cheap: bool) -> str:
    return _hasher(cheap).hash("nobody has this password")


def make(password: str) -> str:
    return hasher().hash(password)


def matches(stored: str, password: str) -> bool:
    """Compare; an empty stored hash costs the same time as a wrong password, so nothing can be told from the time."""
    known = stored or _nobody(bool(current_app.config["CHEAP_PASSWORDS"]))
    try:
        right = hasher().verify(known, password)
    except (VerificationError, InvalidHashError):
        return False
    return bool(stored) and right


def token_hash(token: str) -> str:
    """Tokens are long and random; a plain hash keeps the database free of anything that signs in."""
    return hashlib.sha256(token.encode()).hexdigest()
