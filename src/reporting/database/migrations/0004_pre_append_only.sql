-- Rights: the application may call the door and read; nobody but the owner of the function writes, and a trigger
-- holds even for the owner and under session_replication_role = replica. A superuser can still disable triggers:
-- that is what signed checkpoints are for.
ALTER TABLE ledger.head OWNER TO ledger_owner;
ALTER TABLE ledger.command OWNER TO ledger_owner;
ALTER TABLE ledger.event OWNER TO ledger_owner;
ALTER SCHEMA ledger OWNER TO ledger_owner;

REVOKE ALL ON SCHEMA ledger, ops FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA ledger, ops FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT USAGE ON SCHEMA ledger TO reporting_writer, reporting_projector, reporting_reader;
GRANT SELECT ON ledger.head, ledger.command, ledger.event TO reporting_writer, reporting_projector, reporting_reader;
GRANT EXECUTE ON FUNCTION ledger.append_v1 TO reporting_writer;

CREATE FUNCTION ledger.refuse_change_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only: % on %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege', HINT = 'Append a correcting event instead.';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger.event
  FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change_v1();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ledger.event
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change_v1();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger.command
  FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change_v1();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ledger.command
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change_v1();
CREATE TRIGGER append_only BEFORE DELETE ON ledger.head
  FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change_v1();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ledger.head
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change_v1();
ALTER TABLE ledger.event ENABLE ALWAYS TRIGGER append_only, ENABLE ALWAYS TRIGGER append_only_truncate;
ALTER TABLE ledger.command ENABLE ALWAYS TRIGGER append_only, ENABLE ALWAYS TRIGGER append_only_truncate;
ALTER TABLE ledger.head ENABLE ALWAYS TRIGGER append_only, ENABLE ALWAYS TRIGGER append_only_truncate;
