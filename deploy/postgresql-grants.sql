-- Who may do what in the database. Run it as the owner of the tables, after every migration:
--
--   psql "$OWNER_URL" -f deploy/postgresql-grants.sql
--
-- The owner migrates and serves nobody; the program signs in as zhiyuantai_app, which owns nothing and therefore can
-- neither change what is append-only nor take the triggers away that say so. Give it a password once:
--
--   ALTER ROLE zhiyuantai_app LOGIN PASSWORD '…';

DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'zhiyuantai_app') THEN
        CREATE ROLE zhiyuantai_app LOGIN;
    END IF;
END $$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO zhiyuantai_app;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM zhiyuantai_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO zhiyuantai_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO zhiyuantai_app;

-- The schema is the owner's.
REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM zhiyuantai_app;

-- Written once.
REVOKE UPDATE, DELETE ON
    audit_event, registration_event, presence_event, presence_refusal, entry, star_event, survey_result, paper_sheet,
    certificate_entry, ledger_leaf, ledger_checkpoint, area_move, population_file, population_change, edition_version,
    edition_choice, dossier_file, dossier_item_version, dossier_package, order_step, order_file, score_weights
FROM zhiyuantai_app;

-- Where presence was, and with which phone, goes with its person; a trigger sees to it.
GRANT UPDATE (latitude, longitude, accuracy_metres, device) ON presence_event TO zhiyuantai_app;
GRANT UPDATE (device) ON presence_refusal TO zhiyuantai_app;

-- A file goes only with its holder; a trigger sees to it, here and where a certificate's facts lose the name.
REVOKE UPDATE ON certificate_file FROM zhiyuantai_app;

-- Of a certificate only the taking back is added.
REVOKE UPDATE, DELETE ON certificate FROM zhiyuantai_app;
GRANT UPDATE (facts, revoked_at, revoked_by, revoke_reason, revoke_seal) ON certificate TO zhiyuantai_app;

-- Of what is recorded of a person only the withdrawal is added.
REVOKE UPDATE, DELETE ON training, commendation, evaluation FROM zhiyuantai_app;
GRANT UPDATE (withdrawn_by, withdrawn_at, withdrawn_because) ON training, commendation, evaluation TO zhiyuantai_app;

-- What was shown on a day is written once; items, orders and bulletins stay, triggers say what of them may change.
REVOKE UPDATE ON figure_snapshot FROM zhiyuantai_app;
REVOKE UPDATE ON bulletin_paper FROM zhiyuantai_app;
REVOKE DELETE ON dossier, dossier_item, supervision_order, supervision_serial, bulletin FROM zhiyuantai_app;

-- An answer is never altered; it is written anew as it is, so that its place tells no order.
REVOKE UPDATE ON survey_answer FROM zhiyuantai_app;

-- Tiles grow (a trigger sees to it) and stay, as records of stations do; a span is added and given back; a secret is made and erased.
REVOKE DELETE ON ledger_tile, station_record FROM zhiyuantai_app;
REVOKE UPDATE ON credited_span, volunteer_secret FROM zhiyuantai_app;
