-- Signed checkpoints over the log, and personal data that can be erased without breaking their proofs.
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reporting_signer') THEN
    CREATE ROLE reporting_signer NOLOGIN;
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
      GRANT reporting_signer TO CURRENT_USER;
    END IF;
  END IF;
END $$;

-- What the log commits to instead of the words: SHA-256 over the field's name, 16 bytes of salt (122 of their bits
-- are random) and the words. Without the salt a seal says nothing about them; equal words have unequal seals.
CREATE FUNCTION ledger.seal_v1(field text, salt bytea, words text) RETURNS bytea LANGUAGE sql STABLE
RETURN sha256(convert_to('reporting/seal/v1 ' || field, 'UTF8') || '\x00'::bytea || salt || convert_to(words, 'UTF8'));

CREATE FUNCTION ledger.seal_command_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.person_salt := uuid_send(gen_random_uuid());
  NEW.person_seal := ledger.seal_v1('person', NEW.person_salt, NEW.person);
  NEW.office_salt := uuid_send(gen_random_uuid());
  NEW.office_seal := ledger.seal_v1('office', NEW.office_salt, NEW.office);
  NEW.on_behalf_of_salt := CASE WHEN NEW.on_behalf_of IS NOT NULL THEN uuid_send(gen_random_uuid()) END;
  NEW.on_behalf_of_seal := ledger.seal_v1('on_behalf_of', NEW.on_behalf_of_salt, NEW.on_behalf_of);
  NEW.reason_salt := CASE WHEN NEW.reason IS NOT NULL THEN uuid_send(gen_random_uuid()) END;
  NEW.reason_seal := ledger.seal_v1('reason', NEW.reason_salt, NEW.reason);
  RETURN NEW;
END $$;

ALTER TABLE ledger.command
  ADD COLUMN person_seal bytea, ADD COLUMN office_seal bytea,
  ADD COLUMN on_behalf_of_seal bytea, ADD COLUMN reason_seal bytea,
  ADD COLUMN person_salt bytea, ADD COLUMN office_salt bytea,
  ADD COLUMN on_behalf_of_salt bytea, ADD COLUMN reason_salt bytea;

-- Commands recorded before this file get their seals now; nothing has been signed yet.
DROP TRIGGER append_only ON ledger.command;
CREATE TRIGGER seal BEFORE UPDATE ON ledger.command FOR EACH ROW EXECUTE FUNCTION ledger.seal_command_v1();
UPDATE ledger.command SET person_salt = NULL;
DROP TRIGGER seal ON ledger.command;
CREATE TRIGGER seal BEFORE INSERT ON ledger.command FOR EACH ROW EXECUTE FUNCTION ledger.seal_command_v1();
ALTER TABLE ledger.command ALTER person_seal SET NOT NULL, ALTER office_seal SET NOT NULL;

-- The one change a stored command may undergo: words replaced by '(erased)' and their salt removed. Seals stay.
-- The body's hash goes with them, since words could be guessed from it.
CREATE FUNCTION ledger.refuse_command_change_v1() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  erasable text[] := '{body_hash,person,person_salt,office,office_salt,on_behalf_of,on_behalf_of_salt,reason,reason_salt}';
BEGIN
  IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - erasable = to_jsonb(OLD) - erasable
    AND ((NEW.person, NEW.person_salt) IS NOT DISTINCT FROM (OLD.person, OLD.person_salt)
         OR (NEW.person = '(erased)' AND NEW.person_salt IS NULL))
    AND ((NEW.office, NEW.office_salt) IS NOT DISTINCT FROM (OLD.office, OLD.office_salt)
         OR (NEW.office = '(erased)' AND NEW.office_salt IS NULL))
    AND ((NEW.on_behalf_of, NEW.on_behalf_of_salt) IS NOT DISTINCT FROM (OLD.on_behalf_of, OLD.on_behalf_of_salt)
         OR (NEW.on_behalf_of = '(erased)' AND OLD.on_behalf_of IS NOT NULL AND NEW.on_behalf_of_salt IS NULL))
    AND ((NEW.reason, NEW.reason_salt) IS NOT DISTINCT FROM (OLD.reason, OLD.reason_salt)
         OR (NEW.reason = '(erased)' AND OLD.reason IS NOT NULL AND NEW.reason_salt IS NULL))
    AND (NEW.person_salt IS NULL OR NEW.on_behalf_of = '(erased)' OR NEW.reason = '(erased)')
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'the ledger is append-only: % on %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege', HINT = 'Append a correcting event instead; ledger.erase_v1 erases words.';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger.command
  FOR EACH ROW EXECUTE FUNCTION ledger.refuse_command_change_v1();
ALTER TABLE ledger.command ENABLE ALWAYS TRIGGER append_only, ENABLE ALWAYS TRIGGER seal;

-- Who had whose words erased, and why; never the words, never the name.
CREATE TABLE ledger.erasure (
  erasure_no  integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  erased_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  erased_by   text NOT NULL,
  ground      text NOT NULL,
  command_ids uuid[] NOT NULL
);

-- Erase a person from every command they sent or had sent for them, and the words of the commands named besides
-- (a reason that mentions somebody). Offices stay, except of commands named. Returns how many commands changed.
CREATE FUNCTION ledger.erase_v1(erased_person text, named_commands uuid[], erased_by text, ground text)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  named uuid[] := coalesce(named_commands, '{}');
  changed uuid[];
BEGIN
  WITH erased AS (
    UPDATE ledger.command c SET
      body_hash = sha256(uuid_send(gen_random_uuid())),
      person = CASE WHEN c.person = erased_person OR c.command_id = ANY (named) THEN '(erased)' ELSE c.person END,
      person_salt = CASE WHEN c.person = erased_person OR c.command_id = ANY (named) THEN NULL ELSE c.person_salt END,
      office = CASE WHEN c.command_id = ANY (named) THEN '(erased)' ELSE c.office END,
      office_salt = CASE WHEN c.command_id = ANY (named) THEN NULL ELSE c.office_salt END,
      on_behalf_of = CASE WHEN c.on_behalf_of IS NOT NULL THEN '(erased)' END, on_behalf_of_salt = NULL,
      reason = CASE WHEN c.reason IS NOT NULL THEN '(erased)' END, reason_salt = NULL
    WHERE c.person = erased_person OR c.on_behalf_of = erased_person
      OR (c.command_id = ANY (named) AND c.office_salt IS NOT NULL)
    RETURNING c.command_id
  )
  SELECT array_agg(command_id) INTO changed FROM erased;
  IF changed IS NOT NULL THEN
    INSERT INTO ledger.erasure (erased_by, ground, command_ids) VALUES (erased_by, ground, changed);
  END IF;
  RETURN coalesce(cardinality(changed), 0);
END $$;

-- Full tiles of 256 hashes (C2SP tlog-tiles); level 0 holds leaf hashes, each level above the roots of the one below.
CREATE TABLE ledger.tile (
  level  smallint NOT NULL,
  index  bigint NOT NULL,
  hashes bytea NOT NULL CHECK (octet_length(hashes) = 8192),
  PRIMARY KEY (level, index)
);
-- Signed tree heads (C2SP tlog-checkpoint) and what witnesses added to them (one signature line each).
CREATE TABLE ledger.checkpoint (
  size      bigint PRIMARY KEY,
  origin    text NOT NULL,
  root      bytea NOT NULL CHECK (octet_length(root) = 32),
  note      text NOT NULL,
  signed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE ledger.cosignature (
  size    bigint NOT NULL REFERENCES ledger.checkpoint,
  witness text NOT NULL,
  line    text NOT NULL,
  PRIMARY KEY (size, witness)
);
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['erasure', 'tile', 'checkpoint', 'cosignature'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger.%I
                    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change_v1()', t);
    EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ledger.%I
                    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change_v1()', t);
    EXECUTE format('ALTER TABLE ledger.%I ENABLE ALWAYS TRIGGER append_only, ENABLE ALWAYS TRIGGER append_only_truncate', t);
    EXECUTE format('REVOKE ALL ON ledger.%I FROM PUBLIC', t);
    EXECUTE format('ALTER TABLE ledger.%I OWNER TO ledger_owner', t);
  END LOOP;
END $$;
ALTER FUNCTION ledger.seal_v1 OWNER TO ledger_owner;
ALTER FUNCTION ledger.seal_command_v1 OWNER TO ledger_owner;
ALTER FUNCTION ledger.refuse_command_change_v1 OWNER TO ledger_owner;
ALTER FUNCTION ledger.erase_v1 OWNER TO ledger_owner;
REVOKE ALL ON FUNCTION ledger.erase_v1 FROM PUBLIC;

-- The signer sees what it signs, and no words.
GRANT USAGE ON SCHEMA ledger TO reporting_signer;
GRANT SELECT ON ledger.head, ledger.event TO reporting_signer;
GRANT SELECT (command_id, role, channel, cause, person_seal, office_seal, on_behalf_of_seal, reason_seal)
  ON ledger.command TO reporting_signer;
GRANT SELECT, INSERT ON ledger.tile, ledger.checkpoint, ledger.cosignature TO reporting_signer;
GRANT SELECT ON ledger.tile, ledger.checkpoint, ledger.cosignature, ledger.erasure
  TO reporting_writer, reporting_projector, reporting_reader;
