from datetime import date

from sqlalchemy import JSON, Boolean, Date, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Editable, Model, unit_ref
from core.i18n import pick


class Calendar(Editable, Model):
    """Working hours: several intervals a day, public holidays of a country with swap days, own days off and on.

    `definition` is the YAML form of the command contract (week, country, holidays, workdays, hours); the pure
    `standards.rules.calendar.WorkingCalendar` reads it.
    """

    __tablename__ = "calendar"

    code: Mapped[str] = mapped_column(String(40), nullable=False, unique=True)
    name_en: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    name_zh: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    unit_id: Mapped[int] = unit_ref()
    time_zone: Mapped[str] = mapped_column(String(60), nullable=False, default="UTC")
    definition: Mapped[dict[str, object]] = mapped_column(JSON, nullable=False, default=dict)
    valid_from: Mapped[date | None] = mapped_column(Date)
    active: Mapped[bool] = mapped_column(Boolean, nullable=False, default=True)

    @property
    def name(self) -> str:
        return pick(self.name_en, self.name_zh)
