"""Training."""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('competence',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('name_en', sa.String(length=200), nullable=False),
    sa.Column('name_zh', sa.String(length=200), nullable=False),
    sa.Column('detail_en', sa.Text(), nullable=False),
    sa.Column('detail_zh', sa.Text(), nullable=False),
    sa.Column('valid_months', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("name_en <> '' OR name_zh <> ''", name=op.f('ck_competence_named')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_competence')),
    sa.UniqueConstraint('code', name=op.f('uq_competence_code'))
    )
    op.create_table('course',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('title_en', sa.String(length=200), nullable=False),
    sa.Column('title_zh', sa.String(length=200), nullable=False),
    sa.Column('aim_en', sa.Text(), nullable=False),
    sa.Column('aim_zh', sa.Text(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=False),
    sa.Column('competence_id', sa.Integer(), nullable=True),
    sa.Column('valid_months', sa.Integer(), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("title_en <> '' OR title_zh <> ''", name=op.f('ck_course_named')),
    sa.ForeignKeyConstraint(['competence_id'], ['competence.id'], name=op.f('fk_course_competence_id_competence')),
    sa.ForeignKeyConstraint(['owner_id'], ['person.id'], name=op.f('fk_course_owner_id_person')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_course_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course')),
    sa.UniqueConstraint('code', name=op.f('uq_course_code'))
    )
    with op.batch_alter_table('course', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_course_competence_id'), ['competence_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_course_unit_id'), ['unit_id'], unique=False)

    op.create_table('course_rule',
    sa.Column('course_id', sa.Integer(), nullable=False),
    sa.Column('standard_id', sa.Integer(), nullable=True),
    sa.Column('requirement_code', sa.String(length=10), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=30), nullable=False),
    sa.Column('due_days', sa.Integer(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_course_rule_course_id_course')),
    sa.ForeignKeyConstraint(['standard_id'], ['standard.id'], name=op.f('fk_course_rule_standard_id_standard'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_course_rule_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course_rule'))
    )
    with op.batch_alter_table('course_rule', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_course_rule_course_id'), ['course_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_course_rule_standard_id'), ['standard_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_course_rule_unit_id'), ['unit_id'], unique=False)

    op.create_table('course_version',
    sa.Column('course_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('change_en', sa.Text(), nullable=False),
    sa.Column('change_zh', sa.Text(), nullable=False),
    sa.Column('draw', sa.Integer(), nullable=False),
    sa.Column('pass_mark', sa.Float(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('published_by_id', sa.Integer(), nullable=True),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("state IN ('draft','published','retired')", name=op.f('ck_course_version_state')),
    sa.CheckConstraint('draw >= 0 AND attempts >= 1', name=op.f('ck_course_version_quiz')),
    sa.CheckConstraint('pass_mark > 0 AND pass_mark <= 1', name=op.f('ck_course_version_pass_mark')),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_course_version_course_id_course')),
    sa.ForeignKeyConstraint(['published_by_id'], ['person.id'], name=op.f('fk_course_version_published_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course_version')),
    sa.UniqueConstraint('course_id', 'number', name=op.f('uq_course_version_course_id_number'))
    )
    with op.batch_alter_table('course_version', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_course_version_course_id'), ['course_id'], unique=False)
        batch_op.create_index('uq_course_version_published', ['course_id'], unique=True, sqlite_where=sa.text("state = 'published'"), postgresql_where=sa.text("state = 'published'"))

    op.create_table('course_question',
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('text_en', sa.Text(), nullable=False),
    sa.Column('text_zh', sa.Text(), nullable=False),
    sa.Column('explanation_en', sa.Text(), nullable=False),
    sa.Column('explanation_zh', sa.Text(), nullable=False),
    sa.Column('choices', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind IN ('single','multiple')", name=op.f('ck_course_question_kind')),
    sa.ForeignKeyConstraint(['version_id'], ['course_version.id'], name=op.f('fk_course_question_version_id_course_version'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course_question'))
    )
    with op.batch_alter_table('course_question', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_course_question_version_id'), ['version_id'], unique=False)

    op.create_table('course_step',
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('title_en', sa.String(length=200), nullable=False),
    sa.Column('title_zh', sa.String(length=200), nullable=False),
    sa.Column('body_en', sa.Text(), nullable=False),
    sa.Column('body_zh', sa.Text(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("title_en <> '' OR title_zh <> ''", name=op.f('ck_course_step_named')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_course_step_file_id_stored_file')),
    sa.ForeignKeyConstraint(['version_id'], ['course_version.id'], name=op.f('fk_course_step_version_id_course_version'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course_step'))
    )
    with op.batch_alter_table('course_step', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_course_step_version_id'), ['version_id'], unique=False)

    op.create_table('assignment_set',
    sa.Column('course_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=10), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('standard_version_id', sa.Integer(), nullable=True),
    sa.Column('ticket_id', sa.Integer(), nullable=True),
    sa.Column('action_id', sa.Integer(), nullable=True),
    sa.Column('rule_id', sa.Integer(), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=True),
    sa.Column('made_by_name', sa.String(length=200), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("reason IN ('standard','rule','manual','ticket','renewal','import')", name=op.f('ck_assignment_set_reason')),
    sa.ForeignKeyConstraint(['action_id'], ['action.id'], name=op.f('fk_assignment_set_action_id_action')),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_assignment_set_course_id_course')),
    sa.ForeignKeyConstraint(['made_by_id'], ['person.id'], name=op.f('fk_assignment_set_made_by_id_person')),
    sa.ForeignKeyConstraint(['rule_id'], ['course_rule.id'], name=op.f('fk_assignment_set_rule_id_course_rule')),
    sa.ForeignKeyConstraint(['standard_version_id'], ['version.id'], name=op.f('fk_assignment_set_standard_version_id_version')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_assignment_set_ticket_id_ticket')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assignment_set')),
    sa.UniqueConstraint('key', name=op.f('uq_assignment_set_key'))
    )
    with op.batch_alter_table('assignment_set', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_assignment_set_action_id'), ['action_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_assignment_set_course_id'), ['course_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_assignment_set_rule_id'), ['rule_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_assignment_set_standard_version_id'), ['standard_version_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_assignment_set_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('training_assignment',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('set_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('course_id', sa.Integer(), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('due', sa.Date(), nullable=True),
    sa.Column('read_steps', sa.JSON(), nullable=False),
    sa.Column('more_attempts', sa.Integer(), nullable=False),
    sa.Column('assigned_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('passed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('score', sa.Float(), nullable=True),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('closed_reason', sa.Text(), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by_name', sa.String(length=200), nullable=False),
    sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reminded_late_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("state <> 'passed' OR passed_at IS NOT NULL", name=op.f('ck_training_assignment_passed')),
    sa.CheckConstraint("state <> 'waived' OR closed_reason <> ''", name=op.f('ck_training_assignment_waived')),
    sa.CheckConstraint("state IN ('assigned','started','passed','failed','waived','expired')", name=op.f('ck_training_assignment_state')),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_training_assignment_course_id_course')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_training_assignment_person_id_person')),
    sa.ForeignKeyConstraint(['set_id'], ['assignment_set.id'], name=op.f('fk_training_assignment_set_id_assignment_set')),
    sa.ForeignKeyConstraint(['version_id'], ['course_version.id'], name=op.f('fk_training_assignment_version_id_course_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_training_assignment')),
    sa.UniqueConstraint('code', name=op.f('uq_training_assignment_code')),
    sa.UniqueConstraint('set_id', 'person_id', name=op.f('uq_training_assignment_set_id_person_id'))
    )
    with op.batch_alter_table('training_assignment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_training_assignment_course_id'), ['course_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_training_assignment_passed_at'), ['passed_at'], unique=False)
        batch_op.create_index('ix_training_assignment_person_state', ['person_id', 'state'], unique=False)
        batch_op.create_index('ix_training_assignment_state_due', ['state', 'due'], unique=False)
        batch_op.create_index(batch_op.f('ix_training_assignment_valid_until'), ['valid_until'], unique=False)

    op.create_table('competence_proof',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('competence_id', sa.Integer(), nullable=False),
    sa.Column('from_date', sa.Date(), nullable=False),
    sa.Column('until_date', sa.Date(), nullable=True),
    sa.Column('source', sa.String(length=10), nullable=False),
    sa.Column('assignment_id', sa.Integer(), nullable=True),
    sa.Column('file_id', sa.Integer(), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('added_by_name', sa.String(length=200), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_reason', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("source IN ('course','document','import')", name=op.f('ck_competence_proof_source')),
    sa.CheckConstraint("withdrawn_at IS NULL OR withdrawn_reason <> ''", name=op.f('ck_competence_proof_withdrawn')),
    sa.CheckConstraint('until_date IS NULL OR until_date >= from_date', name=op.f('ck_competence_proof_days')),
    sa.ForeignKeyConstraint(['assignment_id'], ['training_assignment.id'], name=op.f('fk_competence_proof_assignment_id_training_assignment')),
    sa.ForeignKeyConstraint(['competence_id'], ['competence.id'], name=op.f('fk_competence_proof_competence_id_competence')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_competence_proof_file_id_stored_file')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_competence_proof_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_competence_proof'))
    )
    with op.batch_alter_table('competence_proof', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_competence_proof_competence_id'), ['competence_id'], unique=False)
        batch_op.create_index('ix_competence_proof_person_competence', ['person_id', 'competence_id'], unique=False)

    op.create_table('quiz_attempt',
    sa.Column('assignment_id', sa.Integer(), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('asked', sa.JSON(), nullable=False),
    sa.Column('answers', sa.JSON(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('score', sa.Float(), nullable=True),
    sa.Column('passed', sa.Boolean(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['assignment_id'], ['training_assignment.id'], name=op.f('fk_quiz_attempt_assignment_id_training_assignment')),
    sa.ForeignKeyConstraint(['version_id'], ['course_version.id'], name=op.f('fk_quiz_attempt_version_id_course_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quiz_attempt')),
    sa.UniqueConstraint('assignment_id', 'number', name=op.f('uq_quiz_attempt_assignment_id_number'))
    )


def downgrade() -> None:
    op.drop_table('quiz_attempt')
    with op.batch_alter_table('competence_proof', schema=None) as batch_op:
        batch_op.drop_index('ix_competence_proof_person_competence')
        batch_op.drop_index(batch_op.f('ix_competence_proof_competence_id'))

    op.drop_table('competence_proof')
    with op.batch_alter_table('training_assignment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_training_assignment_valid_until'))
        batch_op.drop_index('ix_training_assignment_state_due')
        batch_op.drop_index('ix_training_assignment_person_state')
        batch_op.drop_index(batch_op.f('ix_training_assignment_passed_at'))
        batch_op.drop_index(batch_op.f('ix_training_assignment_course_id'))

    op.drop_table('training_assignment')
    with op.batch_alter_table('assignment_set', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_assignment_set_ticket_id'))
        batch_op.drop_index(batch_op.f('ix_assignment_set_standard_version_id'))
        batch_op.drop_index(batch_op.f('ix_assignment_set_rule_id'))
        batch_op.drop_index(batch_op.f('ix_assignment_set_course_id'))
        batch_op.drop_index(batch_op.f('ix_assignment_set_action_id'))

    op.drop_table('assignment_set')
    with op.batch_alter_table('course_step', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_course_step_version_id'))

    op.drop_table('course_step')
    with op.batch_alter_table('course_question', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_course_question_version_id'))

    op.drop_table('course_question')
    with op.batch_alter_table('course_version', schema=None) as batch_op:
        batch_op.drop_index('uq_course_version_published', sqlite_where=sa.text("state = 'published'"), postgresql_where=sa.text("state = 'published'"))
        batch_op.drop_index(batch_op.f('ix_course_version_course_id'))

    op.drop_table('course_version')
    with op.batch_alter_table('course_rule', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_course_rule_unit_id'))
        batch_op.drop_index(batch_op.f('ix_course_rule_standard_id'))
        batch_op.drop_index(batch_op.f('ix_course_rule_course_id'))

    op.drop_table('course_rule')
    with op.batch_alter_table('course', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_course_unit_id'))
        batch_op.drop_index(batch_op.f('ix_course_competence_id'))

    op.drop_table('course')
    op.drop_table('competence')
