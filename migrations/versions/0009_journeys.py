"""Services, customer journeys with stages and touchpoints; standards and questions hang on touchpoints."""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

CHANNELS = "channel IN ('counter','phone','web','app','message','letter','place','device','visit')"


def _edited() -> list[sa.Column]:
    return [
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('row_version', sa.Integer(), nullable=False),
        sa.Column('id', sa.Integer(), nullable=False),
    ]


def upgrade() -> None:
    op.create_table('service',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('name_en', sa.String(length=200), nullable=False),
    sa.Column('name_zh', sa.String(length=200), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    *_edited(),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_service_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_service')),
    sa.UniqueConstraint('code', name=op.f('uq_service_code'))
    )
    op.create_index(op.f('ix_service_unit_id'), 'service', ['unit_id'], unique=False)

    op.create_table('journey',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('name_en', sa.String(length=200), nullable=False),
    sa.Column('name_zh', sa.String(length=200), nullable=False),
    sa.Column('customers_en', sa.String(length=200), nullable=False),
    sa.Column('customers_zh', sa.String(length=200), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('service_id', sa.Integer(), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    *_edited(),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_journey_service_id_service')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_journey_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_journey')),
    sa.UniqueConstraint('code', name=op.f('uq_journey_code'))
    )
    op.create_index(op.f('ix_journey_service_id'), 'journey', ['service_id'], unique=False)
    op.create_index(op.f('ix_journey_unit_id'), 'journey', ['unit_id'], unique=False)

    op.create_table('journey_stage',
    sa.Column('journey_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name_en', sa.String(length=200), nullable=False),
    sa.Column('name_zh', sa.String(length=200), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    *_edited(),
    sa.ForeignKeyConstraint(['journey_id'], ['journey.id'], name=op.f('fk_journey_stage_journey_id_journey')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_journey_stage'))
    )
    op.create_index(op.f('ix_journey_stage_journey_id'), 'journey_stage', ['journey_id'], unique=False)

    op.create_table('touchpoint',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('stage_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name_en', sa.String(length=200), nullable=False),
    sa.Column('name_zh', sa.String(length=200), nullable=False),
    sa.Column('channel', sa.String(length=10), nullable=False),
    sa.Column('moment_of_truth', sa.Boolean(), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    *_edited(),
    sa.CheckConstraint(CHANNELS, name=op.f('ck_touchpoint_channel')),
    sa.ForeignKeyConstraint(['stage_id'], ['journey_stage.id'], name=op.f('fk_touchpoint_stage_id_journey_stage')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_touchpoint')),
    sa.UniqueConstraint('code', name=op.f('uq_touchpoint_code'))
    )
    op.create_index(op.f('ix_touchpoint_stage_id'), 'touchpoint', ['stage_id'], unique=False)

    op.create_table('touchpoint_standard',
    sa.Column('touchpoint_id', sa.Integer(), nullable=False),
    sa.Column('standard_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['standard_id'], ['standard.id'], name=op.f('fk_touchpoint_standard_standard_id_standard')),
    sa.ForeignKeyConstraint(['touchpoint_id'], ['touchpoint.id'], name=op.f('fk_touchpoint_standard_touchpoint_id_touchpoint')),
    sa.PrimaryKeyConstraint('touchpoint_id', 'standard_id', name=op.f('pk_touchpoint_standard'))
    )
    op.create_index(op.f('ix_touchpoint_standard_standard_id'), 'touchpoint_standard', ['standard_id'], unique=False)

    # by plain SQL: making the table anew, as the batch mode does on SQLite, would lose its checks
    op.execute(
        "ALTER TABLE survey_item ADD COLUMN touchpoint_id INTEGER "
        "CONSTRAINT fk_survey_item_touchpoint_id_touchpoint REFERENCES touchpoint (id)"
    )
    op.create_index(op.f('ix_survey_item_touchpoint_id'), 'survey_item', ['touchpoint_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_survey_item_touchpoint_id'), table_name='survey_item')
    op.execute("ALTER TABLE survey_item DROP COLUMN touchpoint_id")
    for table in ('touchpoint_standard', 'touchpoint', 'journey_stage', 'journey', 'service'):
        op.drop_table(table)
