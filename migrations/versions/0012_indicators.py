"""Indicator systems: trees of weights with versions, judges and their judgements, scores of waves."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "indicator_system",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("title_en", sa.String(length=200), nullable=False),
        sa.Column("title_zh", sa.String(length=200), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("questionnaire_id", sa.Integer(), nullable=False),
        sa.Column("baseline_number", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["person.id"], name=op.f("fk_indicator_system_owner_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["questionnaire_id"],
            ["questionnaire.id"],
            name=op.f("fk_indicator_system_questionnaire_id_questionnaire"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_indicator_system_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_system")),
        sa.UniqueConstraint("code", name=op.f("uq_indicator_system_code")),
    )
    with op.batch_alter_table("indicator_system", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_indicator_system_questionnaire_id"), ["questionnaire_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_indicator_system_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "indicator_version",
        sa.Column("system_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("coverage", sa.Float(), nullable=False),
        sa.Column("grouping", sa.String(length=140), nullable=False),
        sa.Column("shares", sa.JSON(), nullable=False),
        sa.Column("in_force_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft','in_force','superseded')", name=op.f("ck_indicator_version_state")
        ),
        sa.CheckConstraint("coverage > 0 AND coverage <= 1", name=op.f("ck_indicator_version_coverage")),
        sa.ForeignKeyConstraint(
            ["system_id"],
            ["indicator_system.id"],
            name=op.f("fk_indicator_version_system_id_indicator_system"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_version")),
        sa.UniqueConstraint("system_id", "number", name=op.f("uq_indicator_version_system_id_number")),
    )
    with op.batch_alter_table("indicator_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_indicator_version_system_id"), ["system_id"], unique=False)
        batch_op.create_index(
            "uq_indicator_version_draft",
            ["system_id"],
            unique=True,
            sqlite_where=sa.text("state = 'draft'"),
            postgresql_where=sa.text("state = 'draft'"),
        )
        batch_op.create_index(
            "uq_indicator_version_in_force",
            ["system_id"],
            unique=True,
            sqlite_where=sa.text("state = 'in_force'"),
            postgresql_where=sa.text("state = 'in_force'"),
        )

    op.create_table(
        "indicator_judge",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("excused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["person.id"], name=op.f("fk_indicator_judge_asked_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_indicator_judge_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["indicator_version.id"],
            name=op.f("fk_indicator_judge_version_id_indicator_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_judge")),
        sa.UniqueConstraint("version_id", "person_id", name=op.f("uq_indicator_judge_version_id_person_id")),
    )
    with op.batch_alter_table("indicator_judge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_indicator_judge_person_id"), ["person_id"], unique=False)

    op.create_table(
        "indicator_node",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.Column("name_zh", sa.String(length=300), nullable=False),
        sa.Column("weight", sa.Float(), nullable=True),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.Column("working", sa.JSON(), nullable=False),
        sa.Column("target", sa.Float(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("origin IN ('','direct','ahp','model')", name=op.f("ck_indicator_node_origin")),
        sa.CheckConstraint("level BETWEEN 1 AND 4", name=op.f("ck_indicator_node_level")),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["indicator_node.id"],
            name=op.f("fk_indicator_node_parent_id_indicator_node"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["indicator_version.id"],
            name=op.f("fk_indicator_node_version_id_indicator_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_node")),
        sa.UniqueConstraint(
            "version_id", "level", "code", name=op.f("uq_indicator_node_version_id_level_code")
        ),
    )
    with op.batch_alter_table("indicator_node", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_indicator_node_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_indicator_node_version_id"), ["version_id"], unique=False)

    op.create_table(
        "indicator_rollup",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("inputs_hash", sa.String(length=64), nullable=False),
        sa.Column("engine_version", sa.String(length=20), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["indicator_version.id"],
            name=op.f("fk_indicator_rollup_version_id_indicator_version"),
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_indicator_rollup_wave_id_wave")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_rollup")),
        sa.UniqueConstraint("version_id", "wave_id", name=op.f("uq_indicator_rollup_version_id_wave_id")),
    )
    with op.batch_alter_table("indicator_rollup", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_indicator_rollup_wave_id"), ["wave_id"], unique=False)

    op.create_table(
        "indicator_judgement",
        sa.Column("judge_id", sa.Integer(), nullable=False),
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.Column("lambda_max", sa.Float(), nullable=True),
        sa.Column("ci", sa.Float(), nullable=True),
        sa.Column("cr", sa.Float(), nullable=True),
        sa.Column("left_out", sa.Boolean(), nullable=False),
        sa.Column("left_out_reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["judge_id"],
            ["indicator_judge.id"],
            name=op.f("fk_indicator_judgement_judge_id_indicator_judge"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["node_id"],
            ["indicator_node.id"],
            name=op.f("fk_indicator_judgement_node_id_indicator_node"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_judgement")),
        sa.UniqueConstraint("judge_id", "node_id", name=op.f("uq_indicator_judgement_judge_id_node_id")),
    )
    with op.batch_alter_table("indicator_judgement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_indicator_judgement_node_id"), ["node_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("indicator_judgement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_indicator_judgement_node_id"))

    op.drop_table("indicator_judgement")
    with op.batch_alter_table("indicator_rollup", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_indicator_rollup_wave_id"))

    op.drop_table("indicator_rollup")
    with op.batch_alter_table("indicator_node", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_indicator_node_version_id"))
        batch_op.drop_index(batch_op.f("ix_indicator_node_parent_id"))

    op.drop_table("indicator_node")
    with op.batch_alter_table("indicator_judge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_indicator_judge_person_id"))

    op.drop_table("indicator_judge")
    with op.batch_alter_table("indicator_version", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_indicator_version_in_force",
            sqlite_where=sa.text("state = 'in_force'"),
            postgresql_where=sa.text("state = 'in_force'"),
        )
        batch_op.drop_index(
            "uq_indicator_version_draft",
            sqlite_where=sa.text("state = 'draft'"),
            postgresql_where=sa.text("state = 'draft'"),
        )
        batch_op.drop_index(batch_op.f("ix_indicator_version_system_id"))

    op.drop_table("indicator_version")
    with op.batch_alter_table("indicator_system", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_indicator_system_unit_id"))
        batch_op.drop_index(batch_op.f("ix_indicator_system_questionnaire_id"))

    op.drop_table("indicator_system")
