"""Complaints."""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('complaint_knock',
    sa.Column('address_hash', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint_knock'))
    )
    with op.batch_alter_table('complaint_knock', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_complaint_knock_address_hash'), ['address_hash'], unique=False)
        batch_op.create_index(batch_op.f('ix_complaint_knock_at'), ['at'], unique=False)

    op.create_table('complaint_setting',
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('standard_id', sa.Integer(), nullable=True),
    sa.Column('clocks', sa.JSON(), nullable=False),
    sa.Column('handler_limit', sa.BigInteger(), nullable=False),
    sa.Column('offered', sa.Boolean(), nullable=False),
    sa.Column('intro_en', sa.Text(), nullable=False),
    sa.Column('intro_zh', sa.Text(), nullable=False),
    sa.Column('route_en', sa.Text(), nullable=False),
    sa.Column('route_zh', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('handler_limit >= 0', name=op.f('ck_complaint_setting_handler_limit')),
    sa.ForeignKeyConstraint(['standard_id'], ['standard.id'], name=op.f('fk_complaint_setting_standard_id_standard')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_complaint_setting_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint_setting')),
    sa.UniqueConstraint('unit_id', name=op.f('uq_complaint_setting_unit_id'))
    )
    op.create_table('complaint',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('language', sa.String(length=5), nullable=False),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('wish', sa.Text(), nullable=False),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('occurred_on', sa.Date(), nullable=True),
    sa.Column('topic', sa.String(length=20), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('standard_id', sa.Integer(), nullable=True),
    sa.Column('requirement_code', sa.String(length=10), nullable=False),
    sa.Column('handler_id', sa.Integer(), nullable=True),
    sa.Column('concerned_id', sa.Integer(), nullable=True),
    sa.Column('registered_by_id', sa.Integer(), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('severity', sa.String(length=10), nullable=False),
    sa.Column('safety', sa.Boolean(), nullable=False),
    sa.Column('urgent', sa.Boolean(), nullable=False),
    sa.Column('complexity', sa.String(length=10), nullable=False),
    sa.Column('impact', sa.String(length=10), nullable=False),
    sa.Column('immediate_action', sa.Text(), nullable=False),
    sa.Column('assessed_by_id', sa.Integer(), nullable=True),
    sa.Column('investigation', sa.Text(), nullable=False),
    sa.Column('outcome', sa.String(length=20), nullable=False),
    sa.Column('decision', sa.Text(), nullable=False),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('told', sa.String(length=300), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('route', sa.Text(), nullable=False),
    sa.Column('acknowledged_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('assessed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('investigating_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reopened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('waiting_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('heard_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('next_due', sa.DateTime(timezone=True), nullable=True),
    sa.Column('satisfaction_asked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('satisfaction_note', sa.String(length=300), nullable=False),
    sa.Column('satisfied', sa.Integer(), nullable=True),
    sa.Column('satisfied_words', sa.Text(), nullable=False),
    sa.Column('satisfied_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('link_key', sa.String(length=40), nullable=False),
    sa.Column('former_number', sa.String(length=60), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("outcome IN ('','upheld','partly','not_upheld')", name=op.f('ck_complaint_outcome')),
    sa.CheckConstraint("severity IN ('','low','medium','high','critical')", name=op.f('ck_complaint_severity')),
    sa.CheckConstraint("state IN ('received','acknowledged','assessed','investigating','answered','decided','closed','reopened','escalated','refused','withdrawn')", name=op.f('ck_complaint_state')),
    sa.CheckConstraint('satisfied IS NULL OR (satisfied >= 1 AND satisfied <= 5)', name=op.f('ck_complaint_satisfied')),
    sa.ForeignKeyConstraint(['assessed_by_id'], ['person.id'], name=op.f('fk_complaint_assessed_by_id_person')),
    sa.ForeignKeyConstraint(['concerned_id'], ['person.id'], name=op.f('fk_complaint_concerned_id_person')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['person.id'], name=op.f('fk_complaint_decided_by_id_person')),
    sa.ForeignKeyConstraint(['handler_id'], ['person.id'], name=op.f('fk_complaint_handler_id_person')),
    sa.ForeignKeyConstraint(['registered_by_id'], ['person.id'], name=op.f('fk_complaint_registered_by_id_person')),
    sa.ForeignKeyConstraint(['standard_id'], ['standard.id'], name=op.f('fk_complaint_standard_id_standard')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_complaint_ticket_id_ticket')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_complaint_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint')),
    sa.UniqueConstraint('code', name=op.f('uq_complaint_code'))
    )
    with op.batch_alter_table('complaint', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_complaint_closed_at'), ['closed_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_complaint_former_number'), ['former_number'], unique=False)
        batch_op.create_index(batch_op.f('ix_complaint_handler_id'), ['handler_id'], unique=False)
        batch_op.create_index('ix_complaint_next_due', ['next_due', 'id'], unique=False)
        batch_op.create_index('ix_complaint_received', ['received_at', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_complaint_standard_id'), ['standard_id'], unique=False)
        batch_op.create_index('ix_complaint_state_received', ['state', 'received_at', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_complaint_ticket_id'), ['ticket_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_complaint_topic'), ['topic'], unique=False)
        batch_op.create_index(batch_op.f('ix_complaint_unit_id'), ['unit_id'], unique=False)

    op.create_table('complainant',
    sa.Column('complaint_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('phone', sa.String(length=60), nullable=False),
    sa.Column('address', sa.String(length=500), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['complaint_id'], ['complaint.id'], name=op.f('fk_complainant_complaint_id_complaint')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complainant')),
    sa.UniqueConstraint('complaint_id', name=op.f('uq_complainant_complaint_id'))
    )
    op.create_table('complaint_clock',
    sa.Column('complaint_id', sa.Integer(), nullable=False),
    sa.Column('requirement_id', sa.Integer(), nullable=False),
    sa.Column('standard_id', sa.Integer(), nullable=False),
    sa.Column('version_number', sa.Integer(), nullable=False),
    sa.Column('requirement_code', sa.String(length=10), nullable=False),
    sa.Column('starts', sa.String(length=20), nullable=False),
    sa.Column('stops', sa.String(length=20), nullable=False),
    sa.Column('time_limit', sa.String(length=60), nullable=False),
    sa.Column('target', sa.Float(), nullable=True),
    sa.Column('can_pause', sa.Boolean(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_open', sa.Boolean(), nullable=False),
    sa.Column('paused', sa.JSON(), nullable=False),
    sa.Column('stopped_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("state IN ('running','met','missed','void')", name=op.f('ck_complaint_clock_state')),
    sa.ForeignKeyConstraint(['complaint_id'], ['complaint.id'], name=op.f('fk_complaint_clock_complaint_id_complaint')),
    sa.ForeignKeyConstraint(['requirement_id'], ['requirement.id'], name=op.f('fk_complaint_clock_requirement_id_requirement')),
    sa.ForeignKeyConstraint(['standard_id'], ['standard.id'], name=op.f('fk_complaint_clock_standard_id_standard')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint_clock'))
    )
    with op.batch_alter_table('complaint_clock', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_complaint_clock_complaint_id'), ['complaint_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_complaint_clock_standard_id'), ['standard_id'], unique=False)
        batch_op.create_index('ix_complaint_clock_started', ['started_at', 'id'], unique=False)

    op.create_table('complaint_file',
    sa.Column('complaint_id', sa.Integer(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('from_complainant', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['complaint_id'], ['complaint.id'], name=op.f('fk_complaint_file_complaint_id_complaint')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_complaint_file_file_id_stored_file')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint_file'))
    )
    with op.batch_alter_table('complaint_file', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_complaint_file_complaint_id'), ['complaint_id'], unique=False)

    op.create_table('complaint_message',
    sa.Column('complaint_id', sa.Integer(), nullable=False),
    sa.Column('direction', sa.String(length=4), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=True),
    sa.Column('author_name', sa.String(length=200), nullable=False),
    sa.Column('mail_id', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("direction IN ('in','out','note')", name=op.f('ck_complaint_message_direction')),
    sa.ForeignKeyConstraint(['author_id'], ['person.id'], name=op.f('fk_complaint_message_author_id_person')),
    sa.ForeignKeyConstraint(['complaint_id'], ['complaint.id'], name=op.f('fk_complaint_message_complaint_id_complaint')),
    sa.ForeignKeyConstraint(['mail_id'], ['outbox_mail.id'], name=op.f('fk_complaint_message_mail_id_outbox_mail')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint_message'))
    )
    with op.batch_alter_table('complaint_message', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_complaint_message_complaint_id'), ['complaint_id'], unique=False)

    op.create_table('complaint_remedy',
    sa.Column('complaint_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('words', sa.String(length=500), nullable=False),
    sa.Column('cost', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('proposed_by_id', sa.Integer(), nullable=True),
    sa.Column('authorised_by_id', sa.Integer(), nullable=True),
    sa.Column('authorised_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("state IN ('proposed','authorised','done')", name=op.f('ck_complaint_remedy_state')),
    sa.CheckConstraint('cost >= 0', name=op.f('ck_complaint_remedy_cost')),
    sa.ForeignKeyConstraint(['authorised_by_id'], ['person.id'], name=op.f('fk_complaint_remedy_authorised_by_id_person')),
    sa.ForeignKeyConstraint(['complaint_id'], ['complaint.id'], name=op.f('fk_complaint_remedy_complaint_id_complaint')),
    sa.ForeignKeyConstraint(['proposed_by_id'], ['person.id'], name=op.f('fk_complaint_remedy_proposed_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint_remedy'))
    )
    with op.batch_alter_table('complaint_remedy', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_complaint_remedy_complaint_id'), ['complaint_id'], unique=False)

    op.create_table('complaint_finding',
    sa.Column('complaint_id', sa.Integer(), nullable=False),
    sa.Column('finding_id', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['complaint_id'], ['complaint.id'], name=op.f('fk_complaint_finding_complaint_id_complaint')),
    sa.ForeignKeyConstraint(['finding_id'], ['finding.id'], name=op.f('fk_complaint_finding_finding_id_finding')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint_finding')),
    sa.UniqueConstraint('finding_id', name=op.f('uq_complaint_finding_finding_id'))
    )
    with op.batch_alter_table('complaint_finding', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_complaint_finding_complaint_id'), ['complaint_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('complaint_finding', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_complaint_finding_complaint_id'))

    op.drop_table('complaint_finding')
    with op.batch_alter_table('complaint_remedy', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_complaint_remedy_complaint_id'))

    op.drop_table('complaint_remedy')
    with op.batch_alter_table('complaint_message', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_complaint_message_complaint_id'))

    op.drop_table('complaint_message')
    with op.batch_alter_table('complaint_file', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_complaint_file_complaint_id'))

    op.drop_table('complaint_file')
    with op.batch_alter_table('complaint_clock', schema=None) as batch_op:
        batch_op.drop_index('ix_complaint_clock_started')
        batch_op.drop_index(batch_op.f('ix_complaint_clock_standard_id'))
        batch_op.drop_index(batch_op.f('ix_complaint_clock_complaint_id'))

    op.drop_table('complaint_clock')
    op.drop_table('complainant')
    with op.batch_alter_table('complaint', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_complaint_unit_id'))
        batch_op.drop_index(batch_op.f('ix_complaint_topic'))
        batch_op.drop_index(batch_op.f('ix_complaint_ticket_id'))
        batch_op.drop_index('ix_complaint_state_received')
        batch_op.drop_index(batch_op.f('ix_complaint_standard_id'))
        batch_op.drop_index('ix_complaint_received')
        batch_op.drop_index('ix_complaint_next_due')
        batch_op.drop_index(batch_op.f('ix_complaint_handler_id'))
        batch_op.drop_index(batch_op.f('ix_complaint_former_number'))
        batch_op.drop_index(batch_op.f('ix_complaint_closed_at'))

    op.drop_table('complaint')
    op.drop_table('complaint_setting')
    with op.batch_alter_table('complaint_knock', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_complaint_knock_at'))
        batch_op.drop_index(batch_op.f('ix_complaint_knock_address_hash'))

    op.drop_table('complaint_knock')
