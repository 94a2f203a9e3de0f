"""A mark that is renewed with every change of a unit or a grant."""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

TABLES = ("unit", "role_grant")


def upgrade() -> None:
    with op.batch_alter_table('organisation', schema=None) as batch_op:
        batch_op.add_column(sa.Column('structure', sa.String(length=40), nullable=False, server_default=''))
    if op.get_bind().dialect.name == "sqlite":
        renew = "UPDATE organisation SET structure = lower(hex(randomblob(16)))"
        for table in TABLES:
            for verb in ("INSERT", "UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_structure_{verb.lower()} AFTER {verb} ON {table} BEGIN {renew}; END"
                )
    else:
        renew = "UPDATE organisation SET structure = replace(gen_random_uuid()::text, '-', '')"
        op.execute(
            "CREATE OR REPLACE FUNCTION structure_changed() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN {renew}; RETURN NULL; END $$"
        )
        for table in TABLES:
            op.execute(
                f"CREATE TRIGGER {table}_structure AFTER INSERT OR UPDATE OR DELETE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION structure_changed()"
            )
    op.execute(renew)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            for verb in ("insert", "update", "delete"):
                op.execute(f"DROP TRIGGER {table}_structure_{verb}")
    else:
        for table in TABLES:
            op.execute(f"DROP TRIGGER {table}_structure ON {table}")
        op.execute("DROP FUNCTION structure_changed()")
    with op.batch_alter_table('organisation', schema=None) as batch_op:
        batch_op.drop_column('structure')
