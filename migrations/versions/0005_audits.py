"""Audits."""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('audit_programme',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('framework_ids', sa.JSON(), nullable=False),
    sa.Column('objectives_en', sa.Text(), nullable=False),
    sa.Column('objectives_zh', sa.Text(), nullable=False),
    sa.Column('risks', sa.Text(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('year BETWEEN 2000 AND 2100', name=op.f('ck_audit_programme_year')),
    sa.ForeignKeyConstraint(['owner_id'], ['person.id'], name=op.f('fk_audit_programme_owner_id_person')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_audit_programme_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_programme')),
    sa.UniqueConstraint('code', name=op.f('uq_audit_programme_code')),
    sa.UniqueConstraint('unit_id', 'year', name=op.f('uq_audit_programme_unit_id_year'))
    )
    with op.batch_alter_table('audit_programme', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_programme_unit_id'), ['unit_id'], unique=False)

    op.create_table('audit_slot',
    sa.Column('programme_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('month', sa.Integer(), nullable=False),
    sa.Column('topic_en', sa.String(length=200), nullable=False),
    sa.Column('topic_zh', sa.String(length=200), nullable=False),
    sa.Column('framework_id', sa.Integer(), nullable=True),
    sa.Column('lead_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('month BETWEEN 1 AND 12', name=op.f('ck_audit_slot_month')),
    sa.ForeignKeyConstraint(['framework_id'], ['framework.id'], name=op.f('fk_audit_slot_framework_id_framework')),
    sa.ForeignKeyConstraint(['lead_id'], ['person.id'], name=op.f('fk_audit_slot_lead_id_person')),
    sa.ForeignKeyConstraint(['programme_id'], ['audit_programme.id'], name=op.f('fk_audit_slot_programme_id_audit_programme'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_audit_slot_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_slot'))
    )
    with op.batch_alter_table('audit_slot', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_slot_programme_id'), ['programme_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_slot_unit_id'), ['unit_id'], unique=False)

    op.create_table('audit',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('title_en', sa.String(length=200), nullable=False),
    sa.Column('title_zh', sa.String(length=200), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('objective', sa.Text(), nullable=False),
    sa.Column('criteria', sa.Text(), nullable=False),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('repeat_months', sa.Integer(), nullable=False),
    sa.Column('independence_months', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('state_since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('conclusion_en', sa.Text(), nullable=False),
    sa.Column('conclusion_zh', sa.Text(), nullable=False),
    sa.Column('performed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reported_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reported_by_id', sa.Integer(), nullable=True),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('accepted_by_id', sa.Integer(), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cancelled_reason', sa.Text(), nullable=False),
    sa.Column('slot_id', sa.Integer(), nullable=True),
    sa.Column('follows_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("state <> 'cancelled' OR cancelled_reason <> ''", name=op.f('ck_audit_cancelled_reason')),
    sa.CheckConstraint("state IN ('scheduled','prepared','performed','reported','accepted','closed','cancelled')", name=op.f('ck_audit_state')),
    sa.CheckConstraint('ends_on >= starts_on', name=op.f('ck_audit_days')),
    sa.ForeignKeyConstraint(['accepted_by_id'], ['person.id'], name=op.f('fk_audit_accepted_by_id_person')),
    sa.ForeignKeyConstraint(['follows_id'], ['audit.id'], name=op.f('fk_audit_follows_id_audit')),
    sa.ForeignKeyConstraint(['reported_by_id'], ['person.id'], name=op.f('fk_audit_reported_by_id_person')),
    sa.ForeignKeyConstraint(['slot_id'], ['audit_slot.id'], name=op.f('fk_audit_slot_id_audit_slot'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_audit_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit')),
    sa.UniqueConstraint('code', name=op.f('uq_audit_code')),
    sa.UniqueConstraint('follows_id', name=op.f('uq_audit_follows_id')),
    sa.UniqueConstraint('slot_id', name=op.f('uq_audit_slot_id'))
    )
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.create_index('ix_audit_starts_on', ['starts_on', 'id'], unique=False)
        batch_op.create_index('ix_audit_state_starts_on', ['state', 'starts_on', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_unit_id'), ['unit_id'], unique=False)

    op.create_table('audit_member',
    sa.Column('audit_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('safeguard', sa.Text(), nullable=False),
    sa.Column('accepted_doubts', sa.JSON(), nullable=False),
    sa.Column('safeguard_by_id', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("role IN ('lead','auditor','expert','observer')", name=op.f('ck_audit_member_role')),
    sa.ForeignKeyConstraint(['audit_id'], ['audit.id'], name=op.f('fk_audit_member_audit_id_audit'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_audit_member_person_id_person')),
    sa.ForeignKeyConstraint(['safeguard_by_id'], ['person.id'], name=op.f('fk_audit_member_safeguard_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_member')),
    sa.UniqueConstraint('audit_id', 'person_id', name=op.f('uq_audit_member_audit_id_person_id'))
    )
    with op.batch_alter_table('audit_member', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_member_person_id'), ['person_id'], unique=False)

    op.create_table('audit_report',
    sa.Column('audit_id', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(length=5), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['audit_id'], ['audit.id'], name=op.f('fk_audit_report_audit_id_audit'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_audit_report_file_id_stored_file')),
    sa.ForeignKeyConstraint(['made_by_id'], ['person.id'], name=op.f('fk_audit_report_made_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_report'))
    )
    with op.batch_alter_table('audit_report', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_report_audit_id'), ['audit_id'], unique=False)

    op.create_table('audit_scope',
    sa.Column('audit_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('clause_id', sa.Integer(), nullable=True),
    sa.Column('standard_id', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('(CASE WHEN unit_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN clause_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN standard_id IS NULL THEN 0 ELSE 1 END) = 1', name=op.f('ck_audit_scope_one')),
    sa.ForeignKeyConstraint(['audit_id'], ['audit.id'], name=op.f('fk_audit_scope_audit_id_audit'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['clause_id'], ['clause.id'], name=op.f('fk_audit_scope_clause_id_clause')),
    sa.ForeignKeyConstraint(['standard_id'], ['standard.id'], name=op.f('fk_audit_scope_standard_id_standard')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_audit_scope_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_scope')),
    sa.UniqueConstraint('audit_id', 'clause_id', name=op.f('uq_audit_scope_audit_id_clause_id')),
    sa.UniqueConstraint('audit_id', 'standard_id', name=op.f('uq_audit_scope_audit_id_standard_id')),
    sa.UniqueConstraint('audit_id', 'unit_id', name=op.f('uq_audit_scope_audit_id_unit_id'))
    )
    with op.batch_alter_table('audit_scope', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_scope_clause_id'), ['clause_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_scope_standard_id'), ['standard_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_scope_unit_id'), ['unit_id'], unique=False)

    op.create_table('checklist_item',
    sa.Column('audit_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('section', sa.String(length=120), nullable=False),
    sa.Column('section_en', sa.String(length=300), nullable=False),
    sa.Column('section_zh', sa.String(length=300), nullable=False),
    sa.Column('source', sa.String(length=20), nullable=False),
    sa.Column('reference', sa.String(length=120), nullable=False),
    sa.Column('nature', sa.String(length=20), nullable=False),
    sa.Column('question_en', sa.Text(), nullable=False),
    sa.Column('question_zh', sa.Text(), nullable=False),
    sa.Column('look_at', sa.JSON(), nullable=False),
    sa.Column('clause_id', sa.Integer(), nullable=True),
    sa.Column('standard_id', sa.Integer(), nullable=True),
    sa.Column('requirement_id', sa.Integer(), nullable=True),
    sa.Column('requirement_code', sa.String(length=10), nullable=False),
    sa.Column('earlier_id', sa.Integer(), nullable=True),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('result', sa.String(length=20), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_by_id', sa.Integer(), nullable=True),
    sa.Column('answered_by_name', sa.String(length=200), nullable=False),
    sa.Column('finding_id', sa.Integer(), nullable=True),
    sa.Column('follow', sa.String(length=20), nullable=False),
    sa.Column('follow_note', sa.Text(), nullable=False),
    sa.Column('followed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('followed_by_name', sa.String(length=200), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("follow IN ('','ready','verified','refused')", name=op.f('ck_checklist_item_follow')),
    sa.CheckConstraint("nature IN ('requirement','guidance')", name=op.f('ck_checklist_item_nature')),
    sa.CheckConstraint("result IN ('','conform','strength','ofi','minor','major','partly','not_met','na','not_sampled')", name=op.f('ck_checklist_item_result')),
    sa.CheckConstraint("source IN ('clause','requirement','finding','own')", name=op.f('ck_checklist_item_source')),
    sa.ForeignKeyConstraint(['answered_by_id'], ['person.id'], name=op.f('fk_checklist_item_answered_by_id_person')),
    sa.ForeignKeyConstraint(['audit_id'], ['audit.id'], name=op.f('fk_checklist_item_audit_id_audit'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['clause_id'], ['clause.id'], name=op.f('fk_checklist_item_clause_id_clause')),
    sa.ForeignKeyConstraint(['earlier_id'], ['finding.id'], name=op.f('fk_checklist_item_earlier_id_finding')),
    sa.ForeignKeyConstraint(['finding_id'], ['finding.id'], name=op.f('fk_checklist_item_finding_id_finding')),
    sa.ForeignKeyConstraint(['requirement_id'], ['requirement.id'], name=op.f('fk_checklist_item_requirement_id_requirement')),
    sa.ForeignKeyConstraint(['standard_id'], ['standard.id'], name=op.f('fk_checklist_item_standard_id_standard')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_checklist_item_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_checklist_item'))
    )
    with op.batch_alter_table('checklist_item', schema=None) as batch_op:
        batch_op.create_index('ix_checklist_item_audit_answered', ['audit_id', 'answered_at'], unique=False)
        batch_op.create_index('ix_checklist_item_audit_position', ['audit_id', 'position', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_checklist_item_clause_id'), ['clause_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_checklist_item_earlier_id'), ['earlier_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_checklist_item_finding_id'), ['finding_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_checklist_item_requirement_id'), ['requirement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_checklist_item_standard_id'), ['standard_id'], unique=False)

    op.create_table('checklist_photo',
    sa.Column('item_id', sa.Integer(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('added_by_id', sa.Integer(), nullable=True),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['added_by_id'], ['person.id'], name=op.f('fk_checklist_photo_added_by_id_person')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_checklist_photo_file_id_stored_file')),
    sa.ForeignKeyConstraint(['item_id'], ['checklist_item.id'], name=op.f('fk_checklist_photo_item_id_checklist_item'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_checklist_photo'))
    )
    with op.batch_alter_table('checklist_photo', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_checklist_photo_item_id'), ['item_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('checklist_photo', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_checklist_photo_item_id'))

    op.drop_table('checklist_photo')
    with op.batch_alter_table('checklist_item', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_checklist_item_standard_id'))
        batch_op.drop_index(batch_op.f('ix_checklist_item_requirement_id'))
        batch_op.drop_index(batch_op.f('ix_checklist_item_finding_id'))
        batch_op.drop_index(batch_op.f('ix_checklist_item_earlier_id'))
        batch_op.drop_index(batch_op.f('ix_checklist_item_clause_id'))
        batch_op.drop_index('ix_checklist_item_audit_position')
        batch_op.drop_index('ix_checklist_item_audit_answered')

    op.drop_table('checklist_item')
    with op.batch_alter_table('audit_scope', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_scope_unit_id'))
        batch_op.drop_index(batch_op.f('ix_audit_scope_standard_id'))
        batch_op.drop_index(batch_op.f('ix_audit_scope_clause_id'))

    op.drop_table('audit_scope')
    with op.batch_alter_table('audit_report', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_report_audit_id'))

    op.drop_table('audit_report')
    with op.batch_alter_table('audit_member', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_member_person_id'))

    op.drop_table('audit_member')
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_unit_id'))
        batch_op.drop_index('ix_audit_state_starts_on')
        batch_op.drop_index('ix_audit_starts_on')

    op.drop_table('audit')
    with op.batch_alter_table('audit_slot', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_slot_unit_id'))
        batch_op.drop_index(batch_op.f('ix_audit_slot_programme_id'))

    op.drop_table('audit_slot')
    with op.batch_alter_table('audit_programme', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_programme_unit_id'))

    op.drop_table('audit_programme')
