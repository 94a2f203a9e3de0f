from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core import clock
from core.access import Holding
from core.db import Editable, Keyed, Model
from core.i18n import pick

PATH = String(200).with_variant(String(200, collation="C"), "postgresql")


class Unit(Editable, Model):
    """A place in the tree of the organisation. `path` is `/1/4/9/`: ids from the root down to itself."""

    __tablename__ = "unit"

    code: Mapped[str] = mapped_column(String(40), nullable=False, unique=True)
    name_en: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    name_zh: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    kind: Mapped[str] = mapped_column(String(20), nullable=False, default="division")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    path: Mapped[str] = mapped_column(PATH, nullable=False, index=True, default="")
    time_zone: Mapped[str] = mapped_column(String(60), nullable=False, default="")
    active: Mapped[bool] = mapped_column(Boolean, nullable=False, default=True)

    parent: Mapped["Unit | None"] = relationship(remote_side="Unit.id")

    __table_args__ = (CheckConstraint("name_en <> '' OR name_zh <> ''", name="named"),)

    @property
    def name(self) -> str:
        return pick(self.name_en, self.name_zh)

    @property
    def depth(self) -> int:
        return self.path.count("/") - 2


class Person(Editable, Model):
    __tablename__ = "person"

    email: Mapped[str] = mapped_column(String(254), nullable=False, unique=True)
    name: Mapped[str] = mapped_column(String(200), nullable=False)
    language: Mapped[str] = mapped_column(String(5), nullable=False, default="en")
    time_zone: Mapped[str] = mapped_column(String(60), nullable=False, default="")
    density: Mapped[str] = mapped_column(String(10), nullable=False, default="")
    theme: Mapped[str] = mapped_column(String(10), nullable=False, default="")
    mails: Mapped[str] = mapped_column(
        String(10), nullable=False, default="each", server_default="each"
    )  # each | daily | none
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), nullable=False, index=True)
    active: Mapped[bool] = mapped_column(Boolean, nullable=False, default=True)
    password_hash: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    password_changed_at: Mapped[datetime | None] = mapped_column()

    unit: Mapped[Unit] = relationship()

    # filled for the person who acts, once a request (accounts.queries.load_actor)
    holdings: tuple[Holding, ...] = ()
    organisation_zone: str = ""
    unread: int = 0  # notices, as loaded with the request

    @property
    def initials(self) -> str:
        words = self.name.split()
        if not words:
            return "?"
        if ord(words[0][0]) > 0x2E80:
            return words[0][0]
        return "".join(word[0] for word in (words[0], *words[-1:]) if word)[
            : 2 if len(words) > 1 else 1
        ].upper()

    @property
    def is_active(self) -> bool:
        return self.active

    @property
    def is_authenticated(self) -> bool:
        return True


class Grant(Keyed, Model):
    """A role held at a unit and below, from a day until a day (exclusive), or open-ended."""

    __tablename__ = "role_grant"
    __table_args__ = (UniqueConstraint("person_id", "role", "unit_id", "from_date"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False, index=True)
    role: Mapped[str] = mapped_column(String(30), nullable=False)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), nullable=False)
    from_date: Mapped[date | None] = mapped_column(Date)
    until_date: Mapped[date | None] = mapped_column(Date)
    revoked_at: Mapped[datetime | None] = mapped_column()

    person: Mapped[Person] = relationship()
    unit: Mapped[Unit] = relationship()


class UserSession(Keyed, Model):
    """A signed-in browser. The cookie carries the token, the database its hash; ending it here ends it everywhere."""

    __tablename__ = "user_session"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False, index=True)
    token_hash: Mapped[str] = mapped_column(String(64), nullable=False, unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(nullable=False)
    ended_at: Mapped[datetime | None] = mapped_column()
    address: Mapped[str] = mapped_column(String(60), nullable=False, default="")
    browser: Mapped[str] = mapped_column(String(200), nullable=False, default="")

    person: Mapped[Person] = relationship()


class SignInAttempt(Keyed, Model):
    """A failed sign-in, kept for throttling; by hash of the e-mail, so unknown addresses leave no trace in clear."""

    __tablename__ = "sign_in_attempt"

    email_hash: Mapped[str] = mapped_column(String(64), nullable=False, index=True)
    address: Mapped[str] = mapped_column(String(60), nullable=False, index=True)
    at: Mapped[datetime] = mapped_column(default=clock.now, index=True)


class PasswordReset(Keyed, Model):
    __tablename__ = "password_reset"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False, index=True)
    token_hash: Mapped[str] = mapped_column(String(64), nullable=False, unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(nullable=False)
    used_at: Mapped[datetime | None] = mapped_column()
    invitation: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)


class Organisation(Keyed, Model):
    """One row: what the installation calls itself and its defaults."""

    __tablename__ = "organisation"

    name_en: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    name_zh: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    time_zone: Mapped[str] = mapped_column(String(60), nullable=False, default="UTC")
    row_version: Mapped[int] = mapped_column(Integer, nullable=False, default=1)
    structure: Mapped[str] = mapped_column(
        String(40), nullable=False, default="", server_default=""
    )  # see accounts/structure.py

    @property
    def name(self) -> str:
        return pick(self.name_en, self.name_zh)
