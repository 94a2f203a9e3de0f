"""Settings from the environment, checked at start. docs/operations.md lists them, a test compares."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class SettingError(Exception):
    """A setting can't be used; the sentence names it."""


@dataclass(frozen=True)
class Setting:
    name: str
    default: str
    meaning: str


SETTINGS = (
    Setting(
        "PLUMBLINE_DATABASE_URL",
        "",
        "Database; empty: SQLite in the data folder. postgresql://user:password@host/name for PostgreSQL 14 or later",
    ),
    Setting(
        "PLUMBLINE_DATA_DIR", "var", "Folder for the database, stored files, logs of service events, caches"
    ),
    Setting(
        "PLUMBLINE_SECRET_KEY",
        "",
        "Key that signs cookies and links; empty: made once and kept in the data folder",
    ),
    Setting("PLUMBLINE_PORT", "8000", "Port of the server"),
    Setting("PLUMBLINE_HOST", "127.0.0.1", "Address the server listens on"),
    Setting("PLUMBLINE_WORKERS", "2", "Server processes"),
    Setting(
        "PLUMBLINE_BASE_URL",
        "",
        "Address of the site as people see it, for links in mails; empty: http://localhost:PORT",
    ),
    Setting(
        "PLUMBLINE_HTTPS", "0", "1 when people reach the site over https: cookies are then marked secure"
    ),
    Setting(
        "PLUMBLINE_TIME_ZONE", "UTC", "Zone of the organisation where a unit or person has none of its own"
    ),
    Setting("PLUMBLINE_MAX_UPLOAD_MB", "100", "Largest upload in megabytes"),
    Setting(
        "PLUMBLINE_PROXIES", "0", "Number of reverse proxies in front whose X-Forwarded-* headers are trusted"
    ),
    Setting("PLUMBLINE_SMTP_HOST", "", "Mail server; empty: mails stay in the outbox"),
    Setting("PLUMBLINE_SMTP_PORT", "25", "Port of the mail server"),
    Setting("PLUMBLINE_SMTP_USER", "", "User at the mail server, if it wants one"),
    Setting("PLUMBLINE_SMTP_PASSWORD", "", "Password at the mail server"),
    Setting("PLUMBLINE_SMTP_STARTTLS", "0", "1 to encrypt the connection to the mail server"),
    Setting(
        "PLUMBLINE_OUTBOX_SECRETS",
        "0",
        "1 lets administrators open the personal links in mails while there is no mail server; each time is recorded",
    ),
    Setting("PLUMBLINE_MAIL_SENDER", "plumbline@localhost", "Sender of mails"),
    Setting(
        "PLUMBLINE_DEMO",
        "0",
        "1 shows the demonstration's sign-ins on the sign-in page; set by plumb demo only",
    ),
    Setting("PLUMBLINE_CHEAP_PASSWORDS", "0", "1 makes password hashing cheap, for tests only"),
)


def _value(environment: Mapping[str, str], name: str) -> str:
    setting = next(item for item in SETTINGS if item.name == name)
    return environment.get(name, setting.default).strip()


def _number(environment: Mapping[str, str], name: str, low: int, high: int) -> int:
    text = _value(environment, name)
    if not text.isdigit() or not low <= int(text) <= high:
        raise SettingError(f"{name} must be a whole number from {low} to {high}, not {text!r}")
    return int(text)


def _flag(environment: Mapping[str, str], name: str) -> bool:
    text = _value(environment, name)
    if text not in {"0", "1"}:
        raise SettingError(f"{name} must be 0 or 1, not {text!r}")
    return text == "1"


def _secret(environment: Mapping[str, str], folder: Path) -> str:
    given = _value(environment, "PLUMBLINE_SECRET_KEY")
    if given:
        if len(given) < 16:
            raise SettingError("PLUMBLINE_SECRET_KEY must have at least 16 characters")
        return given
    place = folder / "secret-key"
    try:
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return place.read_text()
    with os.fdopen(descriptor, "w") as handle:
        handle.write(key := secrets.token_hex(32))
    return key


def database_url(environment: Mapping[str, str], folder: Path) -> str:
    url = _value(environment, "PLUMBLINE_DATABASE_URL")
    if not url:
        return f"sqlite:///{folder / 'plumbline.db'}"
    if url.startswith(("postgresql://", "postgres://")):
        return "postgresql+psycopg://" + url.split("://", 1)[1]
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise SettingError("PLUMBLINE_DATABASE_URL must begin with sqlite:/// or postgresql://")
    return url


def read(environment: Mapping[str, str] | None = None) -> dict[str, object]:
    """The settings as Flask configuration; a wrong one stops the start with its name and what is expected."""
    given = os.environ if environment is None else environment
    unknown = sorted(
        name
        for name in given
        if name.startswith("PLUMBLINE_")
        and name not in {item.name for item in SETTINGS}
        and not name.startswith("PLUMBLINE_TEST_")
    )
    if unknown:
        raise SettingError(f"unknown setting {unknown[0]}; docs/operations.md lists them")
    folder = Path(_value(given, "PLUMBLINE_DATA_DIR"))
    folder = folder if folder.is_absolute() else ROOT / folder
    folder.mkdir(parents=True, exist_ok=True)
    port = _number(given, "PLUMBLINE_PORT", 1, 65535)
    return {
        "DATA_DIR": str(folder),
        "SQLALCHEMY_DATABASE_URI": database_url(given, folder),
        "SECRET_KEY": _secret(given, folder),
        "PORT": port,
        "HOST": _value(given, "PLUMBLINE_HOST"),
        "WORKERS": _number(given, "PLUMBLINE_WORKERS", 1, 64),
        "BASE_URL": (_value(given, "PLUMBLINE_BASE_URL") or f"http://localhost:{port}").rstrip("/"),
        "SESSION_COOKIE_SECURE": _flag(given, "PLUMBLINE_HTTPS"),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_NAME": "plumbline",
        "TIME_ZONE": _value(given, "PLUMBLINE_TIME_ZONE"),
        "MAX_CONTENT_LENGTH": _number(given, "PLUMBLINE_MAX_UPLOAD_MB", 1, 4096) * 1_000_000,
        "MAX_FORM_MEMORY_SIZE": 2_000_000,
        "MAX_FORM_PARTS": 4000,
        "PROXIES": _number(given, "PLUMBLINE_PROXIES", 0, 5),
        "SMTP_HOST": _value(given, "PLUMBLINE_SMTP_HOST"),
        "SMTP_PORT": _number(given, "PLUMBLINE_SMTP_PORT", 1, 65535),
        "SMTP_USER": _value(given, "PLUMBLINE_SMTP_USER"),
        "SMTP_PASSWORD": _value(given, "PLUMBLINE_SMTP_PASSWORD"),
        "SMTP_STARTTLS": _flag(given, "PLUMBLINE_SMTP_STARTTLS"),
        "MAIL_SENDER": _value(given, "PLUMBLINE_MAIL_SENDER"),
        "OUTBOX_SECRETS": _flag(given, "PLUMBLINE_OUTBOX_SECRETS") or _flag(given, "PLUMBLINE_DEMO"),
        "DEMO": _flag(given, "PLUMBLINE_DEMO"),
        "CHEAP_PASSWORDS": _flag(given, "PLUMBLINE_CHEAP_PASSWORDS"),
        "WTF_CSRF_TIME_LIMIT": None,
        "BOOTSTRAP_SERVE_LOCAL": True,
        "SQLALCHEMY_RECORD_QUERIES": False,
        # the connection used last still holds the pages that were read; one used long ago reads them again
        "SQLALCHEMY_ENGINE_OPTIONS": {"pool_use_lifo": True},
    }
