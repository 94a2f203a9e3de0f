"""Satisfaction."""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('answer_rate',
    sa.Column('key_hash', sa.String(length=64), nullable=False),
    sa.Column('counted', sa.Integer(), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key_hash', name=op.f('pk_answer_rate'))
    )
    with op.batch_alter_table('answer_rate', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_answer_rate_until'), ['until'], unique=False)

    op.create_table('questionnaire',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('title_en', sa.String(length=200), nullable=False),
    sa.Column('title_zh', sa.String(length=200), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=False),
    sa.Column('standard_id', sa.Integer(), nullable=True),
    sa.Column('mapping', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['owner_id'], ['person.id'], name=op.f('fk_questionnaire_owner_id_person')),
    sa.ForeignKeyConstraint(['standard_id'], ['standard.id'], name=op.f('fk_questionnaire_standard_id_standard')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_questionnaire_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_questionnaire')),
    sa.UniqueConstraint('code', name=op.f('uq_questionnaire_code'))
    )
    with op.batch_alter_table('questionnaire', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_questionnaire_standard_id'), ['standard_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_questionnaire_unit_id'), ['unit_id'], unique=False)

    op.create_table('questionnaire_version',
    sa.Column('questionnaire_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('frozen_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('intro_en', sa.Text(), nullable=False),
    sa.Column('intro_zh', sa.Text(), nullable=False),
    sa.Column('thanks_en', sa.Text(), nullable=False),
    sa.Column('thanks_zh', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['questionnaire_id'], ['questionnaire.id'], name=op.f('fk_questionnaire_version_questionnaire_id_questionnaire')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_questionnaire_version')),
    sa.UniqueConstraint('questionnaire_id', 'number', name=op.f('uq_questionnaire_version_questionnaire_id_number'))
    )
    with op.batch_alter_table('questionnaire_version', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_questionnaire_version_questionnaire_id'), ['questionnaire_id'], unique=False)

    op.create_table('survey_item',
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('text_en', sa.Text(), nullable=False),
    sa.Column('text_zh', sa.Text(), nullable=False),
    sa.Column('second_en', sa.Text(), nullable=False),
    sa.Column('second_zh', sa.Text(), nullable=False),
    sa.Column('points', sa.Integer(), nullable=False),
    sa.Column('low_en', sa.String(length=80), nullable=False),
    sa.Column('low_zh', sa.String(length=80), nullable=False),
    sa.Column('high_en', sa.String(length=80), nullable=False),
    sa.Column('high_zh', sa.String(length=80), nullable=False),
    sa.Column('options', sa.JSON(), nullable=False),
    sa.Column('several', sa.Boolean(), nullable=False),
    sa.Column('required', sa.Boolean(), nullable=False),
    sa.Column('allow_na', sa.Boolean(), nullable=False),
    sa.Column('reverse', sa.Boolean(), nullable=False),
    sa.Column('dimension', sa.String(length=40), nullable=False),
    sa.Column('standard_id', sa.Integer(), nullable=True),
    sa.Column('requirement_code', sa.String(length=10), nullable=False),
    sa.Column('about_code', sa.String(length=20), nullable=False),
    sa.Column('top', sa.Integer(), nullable=False),
    sa.Column('target', sa.Float(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind IN ('scale','nps','csat','ces','servqual','kano','importance','choice','text')", name=op.f('ck_survey_item_kind')),
    sa.ForeignKeyConstraint(['standard_id'], ['standard.id'], name=op.f('fk_survey_item_standard_id_standard')),
    sa.ForeignKeyConstraint(['version_id'], ['questionnaire_version.id'], name=op.f('fk_survey_item_version_id_questionnaire_version'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_survey_item')),
    sa.UniqueConstraint('version_id', 'code', name=op.f('uq_survey_item_version_id_code'))
    )
    with op.batch_alter_table('survey_item', schema=None) as batch_op:
        batch_op.create_index('ix_survey_item_promise', ['standard_id', 'requirement_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_survey_item_version_id'), ['version_id'], unique=False)

    op.create_table('wave',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('name_en', sa.String(length=200), nullable=False),
    sa.Column('name_zh', sa.String(length=200), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('population', sa.Text(), nullable=False),
    sa.Column('channels', sa.JSON(), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=True),
    sa.Column('last_day', sa.Date(), nullable=True),
    sa.Column('anonymous', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('open_token', sa.String(length=64), nullable=True),
    sa.Column('min_cell', sa.Integer(), nullable=False),
    sa.Column('quota', sa.Integer(), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('analysed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('job_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("state IN ('draft','open','closed','analysed')", name=op.f('ck_wave_state')),
    sa.CheckConstraint('min_cell >= 5', name=op.f('ck_wave_min_cell')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_wave_unit_id_unit')),
    sa.ForeignKeyConstraint(['version_id'], ['questionnaire_version.id'], name=op.f('fk_wave_version_id_questionnaire_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_wave')),
    sa.UniqueConstraint('code', name=op.f('uq_wave_code')),
    sa.UniqueConstraint('id', 'anonymous', name=op.f('uq_wave_id_anonymous')),
    sa.UniqueConstraint('open_token', name=op.f('uq_wave_open_token'))
    )
    with op.batch_alter_table('wave', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_wave_first_day'), ['first_day'], unique=False)
        batch_op.create_index(batch_op.f('ix_wave_last_day'), ['last_day'], unique=False)
        batch_op.create_index(batch_op.f('ix_wave_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_wave_unit_id'), ['unit_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_wave_version_id'), ['version_id'], unique=False)

    op.create_table('invitation',
    sa.Column('wave_id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('reference', sa.String(length=200), nullable=False),
    sa.Column('grouping', sa.String(length=120), nullable=False),
    sa.Column('used', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['wave_id'], ['wave.id'], name=op.f('fk_invitation_wave_id_wave')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invitation')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_invitation_token_hash'))
    )
    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.create_index('ix_invitation_wave', ['wave_id', 'id'], unique=False)

    op.create_table('response',
    sa.Column('wave_id', sa.Integer(), nullable=False),
    sa.Column('key_hash', sa.String(length=64), nullable=False),
    sa.Column('codes', sa.Text(), nullable=False),
    sa.Column('texts', sa.Text(), nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('language', sa.String(length=5), nullable=False),
    sa.Column('grouping', sa.String(length=120), nullable=False),
    sa.Column('weight', sa.Float(), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['wave_id'], ['wave.id'], name=op.f('fk_response_wave_id_wave')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_response')),
    sa.UniqueConstraint('key_hash', name=op.f('uq_response_key_hash'))
    )
    with op.batch_alter_table('response', schema=None) as batch_op:
        batch_op.create_index('ix_response_wave', ['wave_id', 'id'], unique=False)

    op.create_table('response_draft',
    sa.Column('key_hash', sa.String(length=64), nullable=False),
    sa.Column('wave_id', sa.Integer(), nullable=False),
    sa.Column('answers', sa.Text(), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['wave_id'], ['wave.id'], name=op.f('fk_response_draft_wave_id_wave')),
    sa.PrimaryKeyConstraint('key_hash', name=op.f('pk_response_draft'))
    )
    with op.batch_alter_table('response_draft', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_response_draft_saved_at'), ['saved_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_response_draft_wave_id'), ['wave_id'], unique=False)

    op.create_table('response_import',
    sa.Column('wave_id', sa.Integer(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('file_sha256', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('mapping', sa.JSON(), nullable=False),
    sa.Column('parquet_sha256', sa.String(length=64), nullable=False),
    sa.Column('rejects_sha256', sa.String(length=64), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('accepted', sa.Integer(), nullable=False),
    sa.Column('rejected', sa.Integer(), nullable=False),
    sa.Column('reasons', sa.JSON(), nullable=False),
    sa.Column('groups', sa.JSON(), nullable=False),
    sa.Column('first_answered', sa.Date(), nullable=True),
    sa.Column('last_answered', sa.Date(), nullable=True),
    sa.Column('imported_by_id', sa.Integer(), nullable=True),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('job_id', sa.Integer(), nullable=True),
    sa.Column('withdrawn_reason', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("state IN ('received','mapped','accepted','withdrawn')", name=op.f('ck_response_import_state')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_response_import_file_id_stored_file')),
    sa.ForeignKeyConstraint(['imported_by_id'], ['person.id'], name=op.f('fk_response_import_imported_by_id_person')),
    sa.ForeignKeyConstraint(['wave_id'], ['wave.id'], name=op.f('fk_response_import_wave_id_wave')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_response_import'))
    )
    with op.batch_alter_table('response_import', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_response_import_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_response_import_wave_id'), ['wave_id'], unique=False)
        batch_op.create_index('uq_response_import_file', ['wave_id', 'file_sha256'], unique=True, sqlite_where=sa.text("state = 'accepted'"), postgresql_where=sa.text("state = 'accepted'"))

    op.create_table('survey_figure',
    sa.Column('wave_id', sa.Integer(), nullable=False),
    sa.Column('item_code', sa.String(length=20), nullable=False),
    sa.Column('dimension', sa.String(length=40), nullable=False),
    sa.Column('measure', sa.String(length=20), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('value', sa.Float(), nullable=True),
    sa.Column('low', sa.Float(), nullable=True),
    sa.Column('high', sa.Float(), nullable=True),
    sa.Column('target', sa.Float(), nullable=True),
    sa.Column('verdict', sa.String(length=20), nullable=False),
    sa.Column('method', sa.String(length=40), nullable=False),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.Column('computed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('engine_version', sa.String(length=20), nullable=False),
    sa.Column('inputs_hash', sa.String(length=64), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['wave_id'], ['wave.id'], name=op.f('fk_survey_figure_wave_id_wave')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_survey_figure')),
    sa.UniqueConstraint('wave_id', 'item_code', 'dimension', 'measure', name=op.f('uq_survey_figure_wave_id_item_code_dimension_measure'))
    )
    with op.batch_alter_table('survey_figure', schema=None) as batch_op:
        batch_op.create_index('ix_survey_figure_item', ['item_code', 'measure'], unique=False)

    op.create_table('named_response',
    sa.Column('invitation_id', sa.Integer(), nullable=False),
    sa.Column('response_id', sa.Integer(), nullable=False),
    sa.Column('wave_id', sa.Integer(), nullable=False),
    sa.Column('anonymous', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.CheckConstraint('NOT anonymous', name=op.f('ck_named_response_named')),
    sa.ForeignKeyConstraint(['invitation_id'], ['invitation.id'], name=op.f('fk_named_response_invitation_id_invitation')),
    sa.ForeignKeyConstraint(['response_id'], ['response.id'], name=op.f('fk_named_response_response_id_response')),
    sa.ForeignKeyConstraint(['wave_id', 'anonymous'], ['wave.id', 'wave.anonymous'], name=op.f('fk_named_response_wave_id_anonymous_wave')),
    sa.PrimaryKeyConstraint('invitation_id', name=op.f('pk_named_response')),
    sa.UniqueConstraint('response_id', name=op.f('uq_named_response_response_id'))
    )


def downgrade() -> None:
    op.drop_table('named_response')
    with op.batch_alter_table('survey_figure', schema=None) as batch_op:
        batch_op.drop_index('ix_survey_figure_item')

    op.drop_table('survey_figure')
    with op.batch_alter_table('response_import', schema=None) as batch_op:
        batch_op.drop_index('uq_response_import_file', sqlite_where=sa.text("state = 'accepted'"), postgresql_where=sa.text("state = 'accepted'"))
        batch_op.drop_index(batch_op.f('ix_response_import_wave_id'))
        batch_op.drop_index(batch_op.f('ix_response_import_state'))

    op.drop_table('response_import')
    with op.batch_alter_table('response_draft', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_response_draft_wave_id'))
        batch_op.drop_index(batch_op.f('ix_response_draft_saved_at'))

    op.drop_table('response_draft')
    with op.batch_alter_table('response', schema=None) as batch_op:
        batch_op.drop_index('ix_response_wave')

    op.drop_table('response')
    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.drop_index('ix_invitation_wave')

    op.drop_table('invitation')
    with op.batch_alter_table('wave', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_wave_version_id'))
        batch_op.drop_index(batch_op.f('ix_wave_unit_id'))
        batch_op.drop_index(batch_op.f('ix_wave_state'))
        batch_op.drop_index(batch_op.f('ix_wave_last_day'))
        batch_op.drop_index(batch_op.f('ix_wave_first_day'))

    op.drop_table('wave')
    with op.batch_alter_table('survey_item', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_survey_item_version_id'))
        batch_op.drop_index('ix_survey_item_promise')

    op.drop_table('survey_item')
    with op.batch_alter_table('questionnaire_version', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_questionnaire_version_questionnaire_id'))

    op.drop_table('questionnaire_version')
    with op.batch_alter_table('questionnaire', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_questionnaire_unit_id'))
        batch_op.drop_index(batch_op.f('ix_questionnaire_standard_id'))

    op.drop_table('questionnaire')
    with op.batch_alter_table('answer_rate', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_answer_rate_until'))

    op.drop_table('answer_rate')
