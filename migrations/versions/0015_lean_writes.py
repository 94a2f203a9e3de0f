"""Fewer pages to write for each finding and each form: indexes of what is given only, receipts in one tree."""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

REFERENCES = ("standard_id", "requirement_id", "clause_id", "ticket_id")
RECEIPT = ("token", "person_id", "location", "at")


def _receipts(*, with_rowid: bool) -> None:
    """The table made anew with the receipts that it has, since SQLite can't change how one is laid out."""
    op.create_table('form_receipt_made',
    sa.Column('token', sa.String(length=64), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('location', sa.String(length=500), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('token', name=op.f('pk_form_receipt')),
    sqlite_with_rowid=with_rowid,
    )
    columns = ", ".join(RECEIPT)
    op.execute(f"INSERT INTO form_receipt_made ({columns}) SELECT {columns} FROM form_receipt")
    op.drop_table('form_receipt')
    op.rename_table('form_receipt_made', 'form_receipt')


def _indexes(*, given_only: bool) -> None:
    for name in REFERENCES:
        op.drop_index(f'ix_finding_{name}', table_name='finding')
        given = sa.text(f"{name} IS NOT NULL") if given_only else None
        op.create_index(f'ix_finding_{name}', 'finding', [name], sqlite_where=given, postgresql_where=given)


def upgrade() -> None:
    _indexes(given_only=True)
    op.drop_index('ix_form_receipt_at', table_name='form_receipt')
    if op.get_bind().dialect.name == "sqlite":
        _receipts(with_rowid=False)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _receipts(with_rowid=True)
    op.create_index('ix_form_receipt_at', 'form_receipt', ['at'])
    _indexes(given_only=False)
