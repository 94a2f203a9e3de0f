"""The cookie of who is signed in: remembered while it is good, and refused in every other case."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature, SignatureExpired

from core.cookies import MOST, SMALL, Cookies, Remembering

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DAY = 86_400


@pytest.fixture
def plain() -> Flask:
    made = Flask("cookies")
    made.config.update(SECRET_KEY="one long secret of a test", SECRET_KEY_FALLBACKS=["the one before"])
    return made


def reader_of(app: Flask) -> Remembering:
    found = Cookies().get_signing_serializer(app)
    assert found is not None
    return found


def test_what_flask_wrote_is_read_and_what_is_written_flask_reads(plain: Flask) -> None:
    flask = SecureCookieSessionInterface().get_signing_serializer(plain)
    assert flask is not None
    values = {"token": "abc", "_permanent": True, "_flashes": [("good", "已保存"), ("info", "x" * 3000)]}
    assert reader_of(plain).loads(flask.dumps(values)) == values
    assert flask.loads(reader_of(plain).dumps(values)) == values


def test_one_that_was_good_is_known_again_and_is_nobody_elses(plain: Flask) -> None:
    reader = reader_of(plain)
    cookie = reader.dumps({"token": "abc"})
    first = reader.loads(cookie, max_age=DAY)
    first["token"] = "changed by the request that read it"
    assert reader.loads(cookie, max_age=DAY) == {"token": "abc"}


def test_one_letter_changed_is_refused_also_when_the_true_one_is_known(plain: Flask) -> None:
    reader = reader_of(plain)
    cookie = str(reader.dumps({"token": "abc"}))
    reader.loads(cookie)
    payload, stamp, signature = cookie.split(".")
    for place in range(len(payload)):
        letter = "A" if payload[place] != "A" else "B"
        with pytest.raises(BadSignature):
            reader.loads(f"{payload[:place]}{letter}{payload[place + 1 :]}.{stamp}.{signature}")


def test_age_is_looked_at_each_time(plain: Flask) -> None:
    reader = reader_of(plain)
    with time_machine.travel(NOW, tick=False) as clock:
        cookie = reader.dumps({"token": "abc"})
        assert reader.loads(cookie, max_age=DAY) == {"token": "abc"}
        clock.move_to(NOW + timedelta(seconds=DAY))
        assert reader.loads(cookie, max_age=DAY) == {"token": "abc"}
        clock.move_to(NOW + timedelta(seconds=DAY + 1))
        with pytest.raises(SignatureExpired):
            reader.loads(cookie, max_age=DAY)


def test_messages_are_read_anew_and_the_memory_has_an_end(plain: Flask) -> None:
    reader = reader_of(plain)
    cookie = reader.dumps({"_flashes": [("good", "Saved.")]})
    reader.loads(cookie)["_flashes"].append(("bad", "not of this cookie"))
    assert reader.loads(cookie) == {"_flashes": [("good", "Saved.")]}
    for number in range(MOST + 10):
        reader.loads(reader.dumps({"token": str(number)}))
    assert len(reader._good) <= MOST


def test_only_long_ones_are_compressed(plain: Flask) -> None:
    reader = reader_of(plain)
    assert not str(reader.dumps({"token": "abc" * 20})).startswith(".")
    assert str(reader.dumps({"token": "a" * (SMALL + 1)})).startswith(".")


def test_a_key_of_before_still_reads_and_another_does_not(plain: Flask) -> None:
    old = Flask("old")
    old.config.update(SECRET_KEY="the one before")
    other = Flask("other")
    other.config.update(SECRET_KEY="somebody else's")
    assert reader_of(plain).loads(reader_of(old).dumps({"token": "abc"})) == {"token": "abc"}
    with pytest.raises(BadSignature):
        reader_of(plain).loads(reader_of(other).dumps({"token": "abc"}))
