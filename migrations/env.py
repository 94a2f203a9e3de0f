"""Runs migrations on the connection that core/migrating.py hands over."""

from typing import Any

from alembic import context

from core.db import Base, UtcDateTime

connection = context.config.attributes["connection"]


def render_item(kind: str, item: Any, _autogen: Any) -> str | bool:
    """Migrations import nothing of today's code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=render_item,
    compare_type=True,
    transaction_per_migration=False,
)
context.run_migrations()
