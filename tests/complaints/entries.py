"""What people enter when they register a complaint."""

from typing import Any

from sqlalchemy import select

from complaints.models import Complaint
from core.db import session

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
)


def form(**values: Any) -> dict[str, Any]:
    return {
        "subject": "Lamp dark",
        "description": "For three weeks",
        "topic": "waiting",
        "channel": "phone",
        "language": "en",
        "name": "Jia Wang",
        "email": "jia.wang@example.net",
        **values,
    }


def newest() -> Complaint:
    return session.scalars(select(Complaint).order_by(Complaint.id.desc()).limit(1)).one()
