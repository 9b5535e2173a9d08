"""Guard what is append-only, and refuse credited time that overlaps."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit_event", "registration_event", "presence_event", "entry", "certificate_entry", "certificate_file", "survey_result")

# Of an issued certificate only the taking back can be added.
FROZEN = ("id", "public_id", "number", "volunteer_id", "organization_id", "period_from", "period_to", "minutes", "facts", "pdf_digest", "issued_at", "issued_by")


def upgrade() -> None:
    """Add triggers and, on PostgreSQL, the exclusion constraint."""
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def _guard_sqlite() -> None:
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    op.execute(
        f"CREATE TRIGGER certificate_refuses_update BEFORE UPDATE OF {', '.join(FROZEN)} ON certificate "
        "BEGIN SELECT RAISE(ABORT, 'certificate is append-only'); END"
    )
    op.execute(
        "CREATE TRIGGER certificate_refuses_delete BEFORE DELETE ON certificate "
        "BEGIN SELECT RAISE(ABORT, 'certificate is append-only'); END"
    )
    op.execute(
        "CREATE TRIGGER credited_span_refuses_overlap BEFORE INSERT ON credited_span "
        "WHEN EXISTS (SELECT 1 FROM credited_span other WHERE other.volunteer_id = NEW.volunteer_id "
        "AND other.started_at < NEW.ended_at AND NEW.started_at < other.ended_at) "
        "BEGIN SELECT RAISE(ABORT, 'credited_span_overlap'); END"
    )
    op.execute(
        "CREATE TRIGGER credited_span_refuses_update BEFORE UPDATE ON credited_span "
        "BEGIN SELECT RAISE(ABORT, 'credited_span is only added and removed'); END"
    )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        f"CREATE TRIGGER certificate_frozen BEFORE UPDATE OF {', '.join(FROZEN)} ON certificate "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER certificate_kept BEFORE DELETE OR TRUNCATE ON certificate "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    # Ranges have GiST operators of their own, so no extension is needed to compare the volunteer too.
    op.execute(
        "ALTER TABLE credited_span ADD CONSTRAINT credited_span_overlap EXCLUDE USING gist "
        "(int8range(volunteer_id, volunteer_id, '[]') WITH =, tstzrange(started_at, ended_at) WITH &&)"
    )


def downgrade() -> None:
    """Take the guards away."""
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            for verb in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_refuses_{verb}")
        op.execute("DROP TRIGGER certificate_refuses_update")
        op.execute("DROP TRIGGER certificate_refuses_delete")
        op.execute("DROP TRIGGER credited_span_refuses_overlap")
        op.execute("DROP TRIGGER credited_span_refuses_update")
        return
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        op.execute(f"DROP TRIGGER {table}_not_emptied ON {table}")
    op.execute("DROP TRIGGER certificate_frozen ON certificate")
    op.execute("DROP TRIGGER certificate_kept ON certificate")
    op.execute("ALTER TABLE credited_span DROP CONSTRAINT credited_span_overlap")
    op.execute("DROP FUNCTION refuse_change()")
