"""Analyses of entered figures, and analyses that nobody can change or remove once they are done."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

REFUSAL = "a finished analysis stays as it is"


def upgrade() -> None:
    with op.batch_alter_table("analysis", schema=None) as batch_op:
        batch_op.alter_column("wave_id", existing_type=sa.Integer(), nullable=True)
        batch_op.add_column(sa.Column("unit_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_analysis_unit_id_unit"), "unit", ["unit_id"], ["id"])
        batch_op.create_index(batch_op.f("ix_analysis_unit_id"), ["unit_id"], unique=False)
        batch_op.create_check_constraint(
            batch_op.f("ck_analysis_place"), "(wave_id IS NULL) <> (unit_id IS NULL)"
        )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER analysis_no_update BEFORE UPDATE ON analysis WHEN OLD.state <> 'waiting' "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
        op.execute(
            "CREATE TRIGGER analysis_no_delete BEFORE DELETE ON analysis "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
    else:
        op.execute(
            "CREATE OR REPLACE FUNCTION analysis_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
            "BEGIN IF TG_OP = 'UPDATE' AND OLD.state = 'waiting' THEN RETURN NEW; END IF; "
            f"RAISE EXCEPTION '{REFUSAL}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER analysis_guard BEFORE UPDATE OR DELETE ON analysis "
            "FOR EACH ROW EXECUTE FUNCTION analysis_refuse()"
        )
        op.execute(
            "CREATE TRIGGER analysis_guard_all BEFORE TRUNCATE ON analysis "
            "FOR EACH STATEMENT EXECUTE FUNCTION analysis_refuse()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER analysis_no_update")
        op.execute("DROP TRIGGER analysis_no_delete")
    else:
        op.execute("DROP TRIGGER analysis_guard_all ON analysis")
        op.execute("DROP TRIGGER analysis_guard ON analysis")
        op.execute("DROP FUNCTION analysis_refuse()")
    # without a wave they have no place there; whoever goes back keeps those of waves
    op.execute(
        "UPDATE analysis SET same_as_id = NULL "
        "WHERE same_as_id IN (SELECT id FROM analysis WHERE wave_id IS NULL)"
    )
    op.execute("DELETE FROM analysis WHERE wave_id IS NULL")
    with op.batch_alter_table("analysis", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_analysis_place"), type_="check")
        batch_op.drop_index(batch_op.f("ix_analysis_unit_id"))
        batch_op.drop_constraint(batch_op.f("fk_analysis_unit_id_unit"), type_="foreignkey")
        batch_op.drop_column("unit_id")
        batch_op.alter_column("wave_id", existing_type=sa.Integer(), nullable=False)
