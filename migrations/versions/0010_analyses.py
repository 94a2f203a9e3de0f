"""Analyses of waves."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "analysis",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("refusal", sa.JSON(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("inputs_sha256", sa.String(length=64), nullable=False),
        sa.Column("run_sha256", sa.String(length=64), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=True),
        sa.Column("engine_version", sa.String(length=20), nullable=False),
        sa.Column("same_as_id", sa.Integer(), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('waiting','done','refused')", name=op.f("ck_analysis_state")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_analysis_made_by_id_person")),
        sa.ForeignKeyConstraint(
            ["same_as_id"], ["analysis.id"], name=op.f("fk_analysis_same_as_id_analysis")
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_analysis_wave_id_wave")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analysis")),
        sa.UniqueConstraint("code", name=op.f("uq_analysis_code")),
    )
    with op.batch_alter_table("analysis", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_analysis_run_sha256"), ["run_sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_analysis_wave_id"), ["wave_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("analysis", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_analysis_wave_id"))
        batch_op.drop_index(batch_op.f("ix_analysis_run_sha256"))
    op.drop_table("analysis")
