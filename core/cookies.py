"""What comes with every request and is signed: the cookie of Flask, and the token of the forms."""

import json
import time
from typing import Any

from flask import Flask, current_app, g, request, session
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect, generate_csrf, same_origin
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from itsdangerous.encoding import base64_encode
from itsdangerous.url_safe import URLSafeSerializerMixin

MOST = 1_000  # cookies, and tokens of forms, that a process remembers
SMALL = 1_500  # bytes; less is not worth compressing, which takes longer than all the rest
_PLAIN = (str, int, bool, type(None))


_ENCODER = json.JSONEncoder(separators=(",", ":"))


class Words(TaggedJSONSerializer):
    """As Flask writes them, by one encoder for all."""

    def dumps(self, value: Any) -> str:
        return _ENCODER.encode(self.tag(value))

    def loads(self, value: str | bytes) -> Any:
        return self._untag_scan(json.loads(value))


class _Signer(TimestampSigner):
    """Makes its key of the secret once, not at each signature."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._keys: dict[Any, bytes] = {}

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        if secret_key not in self._keys:
            self._keys[secret_key] = super().derive_key(secret_key)
        return self._keys[secret_key]


class Remembering(URLSafeTimedSerializer):
    """Who walks through the pages sends the same cookie each time: one that was found good is not checked again, for as
    long as it is valid. Cookies with more than plain values (messages to show once) are read anew."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._good: dict[str | bytes, tuple[dict[str, Any], float]] = {}
        self._own = _Signer(self.secret_keys, salt=self.salt, **self.signer_kwargs)

    def make_signer(self, salt: str | bytes | None = None) -> TimestampSigner:
        return self._own if salt is None or salt == self.salt else super().make_signer(salt)  # type: ignore[return-value]  # a timed serializer's is a timed one

    def loads(  # type: ignore[override]  # as in the timed serializer, which is said to differ as well
        self, s: str | bytes, max_age: int | None = None, **more: Any
    ) -> Any:
        if more:
            return super().loads(s, max_age, **more)
        known = self._good.get(s)
        if known is not None and (max_age is None or 0 <= time.time() - known[1] <= max_age):
            return dict(known[0])
        values, signed = super().loads(s, max_age, return_timestamp=True)
        if all(isinstance(value, _PLAIN) for value in values.values()):
            if len(self._good) >= MOST:
                self._good.clear()
            self._good[s] = (dict(values), signed.timestamp())
        return values

    def dump_payload(self, obj: Any) -> bytes:
        plain = super(URLSafeSerializerMixin, self).dump_payload(obj)
        return base64_encode(plain) if len(plain) <= SMALL else super().dump_payload(obj)


class Cookies(SecureCookieSessionInterface):
    """One reader a process instead of two a request."""

    serializer = Words()

    def __init__(self) -> None:
        self._readers: dict[Any, Remembering] = {}

    def get_signing_serializer(self, app: Flask) -> Remembering | None:
        keys = (*(app.config["SECRET_KEY_FALLBACKS"] or ()), app.secret_key)  # the one that signs comes last
        if not app.secret_key:
            return None
        if keys not in self._readers:
            self._readers[keys] = Remembering(
                list(keys),
                salt=self.salt,
                serializer=self.serializer,
                signer_kwargs={"key_derivation": self.key_derivation, "digest_method": self.digest_method},
            )
        return self._readers[keys]


class FormTokens(CSRFProtect):  # type: ignore[misc]  # the library has no types
    """The library's guard against forged forms. Who fills in forms sends the token of the session each time: one that
    was found good for it is not checked again. Tokens hold as long as the session (WTF_CSRF_TIME_LIMIT)."""

    def __init__(self) -> None:
        super().__init__()
        self._good: set[tuple[Any, Any, Any]] = set()
        self._made: dict[tuple[Any, Any], str] = {}

    def token(self) -> str:
        """The token for the forms of this session, made once."""
        made = self._made.get((current_app.secret_key, session.get("csrf_token")))
        if made is None:
            made = str(generate_csrf())
            if len(self._made) >= MOST:
                self._made.clear()
            if "csrf_token" in session:
                self._made[current_app.secret_key, session["csrf_token"]] = made
        return made

    def init_app(self, app: Flask) -> None:
        super().init_app(app)
        if app.config["WTF_CSRF_TIME_LIMIT"] is not None:
            raise RuntimeError("a token that was found good would not become too old")

    def protect(self, apply_exemptions: bool = False) -> None:
        asked: Any = request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - documented by Werkzeug
        if asked.endpoint is None or asked.method not in current_app.config["WTF_CSRF_METHODS"]:
            return
        pair = (current_app.secret_key, session.get("csrf_token"), asked.form.get("csrf_token"))
        if pair in self._good and (
            not asked.is_secure or same_origin(asked.referrer, f"https://{asked.host}/")
        ):
            g.csrf_valid = True
            return
        super().protect(apply_exemptions)
        if g.get("csrf_valid") and pair[1] and pair[2]:
            if len(self._good) >= MOST:
                self._good.clear()
            self._good.add(pair)
