"""Management reviews."""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('review',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('title_en', sa.String(length=200), nullable=False),
    sa.Column('title_zh', sa.String(length=200), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('frameworks', sa.JSON(), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('meets_on', sa.Date(), nullable=False),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('guests', sa.Text(), nullable=False),
    sa.Column('chair_id', sa.Integer(), nullable=True),
    sa.Column('repeat_months', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('state_since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('prepared_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('held_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('signed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('minutes_en', sa.Text(), nullable=False),
    sa.Column('minutes_zh', sa.Text(), nullable=False),
    sa.Column('cancelled_reason', sa.Text(), nullable=False),
    sa.Column('follows_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("state <> 'cancelled' OR cancelled_reason <> ''", name=op.f('ck_review_cancelled_reason')),
    sa.CheckConstraint("state IN ('planned','prepared','held','signed','cancelled')", name=op.f('ck_review_state')),
    sa.CheckConstraint('last_day >= first_day', name=op.f('ck_review_period')),
    sa.ForeignKeyConstraint(['chair_id'], ['person.id'], name=op.f('fk_review_chair_id_person')),
    sa.ForeignKeyConstraint(['follows_id'], ['review.id'], name=op.f('fk_review_follows_id_review')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_review_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_review')),
    sa.UniqueConstraint('code', name=op.f('uq_review_code')),
    sa.UniqueConstraint('follows_id', name=op.f('uq_review_follows_id'))
    )
    with op.batch_alter_table('review', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_review_chair_id'), ['chair_id'], unique=False)
        batch_op.create_index('ix_review_meets_on', ['meets_on', 'id'], unique=False)
        batch_op.create_index('ix_review_state_meets_on', ['state', 'meets_on', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_review_unit_id'), ['unit_id'], unique=False)

    op.create_table('agenda_item',
    sa.Column('review_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('required', sa.Boolean(), nullable=False),
    sa.Column('title_en', sa.String(length=200), nullable=False),
    sa.Column('title_zh', sa.String(length=200), nullable=False),
    sa.Column('comment', sa.Text(), nullable=False),
    sa.Column('discussed', sa.Boolean(), nullable=False),
    sa.Column('skipped_reason', sa.Text(), nullable=False),
    sa.Column('content', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("NOT (discussed AND skipped_reason <> '')", name=op.f('ck_agenda_item_discussed')),
    sa.CheckConstraint("kind <> 'own' OR title_en <> '' OR title_zh <> ''", name=op.f('ck_agenda_item_own_title')),
    sa.ForeignKeyConstraint(['review_id'], ['review.id'], name=op.f('fk_agenda_item_review_id_review'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agenda_item'))
    )
    with op.batch_alter_table('agenda_item', schema=None) as batch_op:
        batch_op.create_index('ix_agenda_item_review_position', ['review_id', 'position', 'id'], unique=False)

    op.create_table('review_addendum',
    sa.Column('review_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('written_by_id', sa.Integer(), nullable=False),
    sa.Column('written_by_name', sa.String(length=200), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['review_id'], ['review.id'], name=op.f('fk_review_addendum_review_id_review'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['written_by_id'], ['person.id'], name=op.f('fk_review_addendum_written_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_review_addendum'))
    )
    with op.batch_alter_table('review_addendum', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_review_addendum_review_id'), ['review_id'], unique=False)

    op.create_table('review_member',
    sa.Column('review_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_review_member_person_id_person')),
    sa.ForeignKeyConstraint(['review_id'], ['review.id'], name=op.f('fk_review_member_review_id_review'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_review_member')),
    sa.UniqueConstraint('review_id', 'person_id', name=op.f('uq_review_member_review_id_person_id'))
    )
    with op.batch_alter_table('review_member', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_review_member_person_id'), ['person_id'], unique=False)

    op.create_table('review_print',
    sa.Column('review_id', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(length=5), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_review_print_file_id_stored_file')),
    sa.ForeignKeyConstraint(['made_by_id'], ['person.id'], name=op.f('fk_review_print_made_by_id_person')),
    sa.ForeignKeyConstraint(['review_id'], ['review.id'], name=op.f('fk_review_print_review_id_review'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_review_print'))
    )
    with op.batch_alter_table('review_print', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_review_print_review_id'), ['review_id'], unique=False)

    op.create_table('decision',
    sa.Column('review_id', sa.Integer(), nullable=False),
    sa.Column('item_id', sa.Integer(), nullable=True),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('result', sa.String(length=20), nullable=False),
    sa.Column('text_en', sa.Text(), nullable=False),
    sa.Column('text_zh', sa.Text(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('due', sa.Date(), nullable=True),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_by_name', sa.String(length=200), nullable=False),
    sa.Column('done_note', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind IN ('ticket','task','note')", name=op.f('ck_decision_kind')),
    sa.CheckConstraint("result IN ('improvement','change','resources')", name=op.f('ck_decision_result')),
    sa.CheckConstraint("state IN ('pending','open','done')", name=op.f('ck_decision_state')),
    sa.CheckConstraint("text_en <> '' OR text_zh <> ''", name=op.f('ck_decision_text')),
    sa.ForeignKeyConstraint(['item_id'], ['agenda_item.id'], name=op.f('fk_decision_item_id_agenda_item'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['owner_id'], ['person.id'], name=op.f('fk_decision_owner_id_person')),
    sa.ForeignKeyConstraint(['review_id'], ['review.id'], name=op.f('fk_decision_review_id_review'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_decision_ticket_id_ticket')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decision')),
    sa.UniqueConstraint('review_id', 'number', name=op.f('uq_decision_review_id_number')),
    sa.UniqueConstraint('ticket_id', name=op.f('uq_decision_ticket_id'))
    )
    with op.batch_alter_table('decision', schema=None) as batch_op:
        batch_op.create_index('ix_decision_due', ['due', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_decision_item_id'), ['item_id'], unique=False)
        batch_op.create_index('ix_decision_owner_id_state', ['owner_id', 'state'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('decision', schema=None) as batch_op:
        batch_op.drop_index('ix_decision_owner_id_state')
        batch_op.drop_index(batch_op.f('ix_decision_item_id'))
        batch_op.drop_index('ix_decision_due')

    op.drop_table('decision')
    with op.batch_alter_table('review_print', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_review_print_review_id'))

    op.drop_table('review_print')
    with op.batch_alter_table('review_member', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_review_member_person_id'))

    op.drop_table('review_member')
    with op.batch_alter_table('review_addendum', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_review_addendum_review_id'))

    op.drop_table('review_addendum')
    with op.batch_alter_table('agenda_item', schema=None) as batch_op:
        batch_op.drop_index('ix_agenda_item_review_position')

    op.drop_table('agenda_item')
    with op.batch_alter_table('review', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_review_unit_id'))
        batch_op.drop_index('ix_review_state_meets_on')
        batch_op.drop_index('ix_review_meets_on')
        batch_op.drop_index(batch_op.f('ix_review_chair_id'))

    op.drop_table('review')
