"""The signed cookie of Flask, read at every request."""

import json
import time
from typing import Any

from flask import Flask
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from itsdangerous.encoding import base64_encode
from itsdangerous.url_safe import URLSafeSerializerMixin

MOST = 1_000  # cookies that a process remembers
SMALL = 1_500  # bytes; less is not worth compressing, which takes longer than all the rest
_PLAIN = (str, int, bool, type(None))


_ENCODER = json.JSONEncoder(separators=(",", ":"))


class Words(TaggedJSONSerializer):
    """As Flask writes them, by one encoder for all."""

    def dumps(self, value: Any) -> str:
        return _ENCODER.encode(self.tag(value))

    def loads(self, value: str | bytes) -> Any:
        return self._untag_scan(json.loads(value))


class Remembering(URLSafeTimedSerializer):
    """Who walks through the pages sends the same cookie each time: one that was found good is not checked again, for as
    long as it is valid. Cookies with more than plain values (messages to show once) are read anew."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._good: dict[str | bytes, tuple[dict[str, Any], float]] = {}

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
