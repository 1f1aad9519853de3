-- Several logs in one installation, by election (ADR 33): which elections are written elsewhere, and copies of what other logs hold.

DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reporting_copier') THEN
    CREATE ROLE reporting_copier NOLOGIN;
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
      GRANT reporting_copier TO CURRENT_USER;
    END IF;
  END IF;
END $$;

-- Elections that take no events here, and where they do. '*': none does, this database only gathers what other logs hold.
CREATE TABLE ledger.elsewhere (
  election text PRIMARY KEY,
  log      text NOT NULL,
  address  text NOT NULL
);
-- Of a copied event: where it was recorded, its bytes there (null: the same as here; else they name other positions), and when it
-- was taken in. Its time in ledger.event is that of the log where it was recorded.
CREATE TABLE ledger.original (
  position        bigint PRIMARY KEY,
  log             text NOT NULL,
  source_position bigint NOT NULL,
  state           bytea,
  taken_at        timestamptz NOT NULL,
  UNIQUE (log, source_position)
);
-- What an event is called in the numbering of each other log that holds it; `election` empty for what is of none.
CREATE TABLE ledger.origin (
  log             text NOT NULL,
  source_position bigint NOT NULL,
  election        text NOT NULL,
  position        bigint NOT NULL,
  PRIMARY KEY (log, source_position)
);
CREATE INDEX origin_of_election ON ledger.origin (log, election, source_position);
CREATE INDEX origin_of_position ON ledger.origin (position);
-- How far each log is gathered here, where its head was when it was last looked at, and which erasures were carried over.
CREATE TABLE ledger.gathered (
  log       text PRIMARY KEY,
  position  bigint NOT NULL DEFAULT 0,
  head      bigint NOT NULL DEFAULT 0,
  erasures  integer NOT NULL DEFAULT 0,
  looked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['original', 'origin'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger.%I
                    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change_v1()', t);
    EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ledger.%I
                    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change_v1()', t);
    EXECUTE format('ALTER TABLE ledger.%I ENABLE ALWAYS TRIGGER append_only, ENABLE ALWAYS TRIGGER append_only_truncate', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['elsewhere', 'original', 'origin', 'gathered'] LOOP
    EXECUTE format('REVOKE ALL ON ledger.%I FROM PUBLIC', t);
    EXECUTE format('ALTER TABLE ledger.%I OWNER TO ledger_owner', t);
    EXECUTE format('GRANT SELECT ON ledger.%I TO reporting_writer, reporting_projector, reporting_reader, reporting_copier', t);
  END LOOP;
END $$;

-- The wall behind every door: no event of an election that is written elsewhere, unless it is a copy. Asked under the head row's
-- lock, so a transaction that was held while the election moved is refused when it goes on. What is held and disposed of is each
-- log's own, and so is what says that an election moved.
CREATE FUNCTION ledger.refuse_elsewhere_v1() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held record;
BEGIN
  IF EXISTS (SELECT FROM ledger.elsewhere) THEN
    SELECT w.* INTO held
    FROM new_events n
    CROSS JOIN LATERAL (SELECT CASE WHEN get_byte(n.state || '\x00', 0) = 123 THEN convert_from(n.state, 'UTF8')::jsonb END AS state) s
    JOIN ledger.elsewhere w ON w.election IN ('*', s.state->>'election',
      CASE WHEN n.type = 'ElectionDefined' THEN s.state->'definition'->>'code'
           WHEN n.type = 'ChangeProposed' AND s.state->>'subject' = 'election' THEN s.state->>'code' END)
    WHERE (w.election = '*' OR n.stream_id <> '892fcbc5-aa23-52c1-ad6c-5e3348215728'
             AND n.type NOT IN ('ElectionMovedAway', 'ElectionTakenIn', 'ElectionPlaced', 'EventsCopied'))
      AND NOT EXISTS (SELECT FROM ledger.original o WHERE o.position = n.position)
    ORDER BY n.position, w.election LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION 'written elsewhere: %', held.election
        USING ERRCODE = 'LG001', DETAIL = json_build_object('election', held.election, 'log', held.log, 'address', held.address);
    END IF;
    DELETE FROM ledger.elsewhere w USING new_events n
    WHERE n.type = 'ElectionTakenIn' AND w.election = convert_from(n.state, 'UTF8')::jsonb->>'election'
      AND NOT EXISTS (SELECT FROM ledger.original o WHERE o.position = n.position);
  END IF;
  INSERT INTO ledger.elsewhere (election, log, address)
  SELECT s.state->>'election', s.state->>'to_log', s.state->>'address'
  FROM new_events n CROSS JOIN LATERAL (SELECT convert_from(n.state, 'UTF8')::jsonb AS state) s
  WHERE n.type = 'ElectionMovedAway' AND NOT EXISTS (SELECT FROM ledger.original o WHERE o.position = n.position)
  ON CONFLICT (election) DO UPDATE SET log = excluded.log, address = excluded.address;
  RETURN NULL;
END $$;
CREATE TRIGGER elsewhere AFTER INSERT ON ledger.event REFERENCING NEW TABLE AS new_events
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_elsewhere_v1();
ALTER TABLE ledger.event ENABLE ALWAYS TRIGGER elsewhere;

-- A copied command comes with the seals and salts of its log: kept where they fit its words, and never made for it anew.
CREATE FUNCTION ledger.seal_command_v2() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.person_seal IS NULL THEN
    NEW.person_salt := uuid_send(gen_random_uuid());
    NEW.person_seal := ledger.seal_v1('person', NEW.person_salt, NEW.person);
    NEW.office_salt := uuid_send(gen_random_uuid());
    NEW.office_seal := ledger.seal_v1('office', NEW.office_salt, NEW.office);
    NEW.on_behalf_of_salt := CASE WHEN NEW.on_behalf_of IS NOT NULL THEN uuid_send(gen_random_uuid()) END;
    NEW.on_behalf_of_seal := ledger.seal_v1('on_behalf_of', NEW.on_behalf_of_salt, NEW.on_behalf_of);
    NEW.reason_salt := CASE WHEN NEW.reason IS NOT NULL THEN uuid_send(gen_random_uuid()) END;
    NEW.reason_seal := ledger.seal_v1('reason', NEW.reason_salt, NEW.reason);
  ELSIF NEW.person_salt IS NOT NULL AND NEW.person_seal <> ledger.seal_v1('person', NEW.person_salt, NEW.person)
    OR NEW.office_salt IS NOT NULL AND NEW.office_seal <> ledger.seal_v1('office', NEW.office_salt, NEW.office)
    OR NEW.on_behalf_of_salt IS NOT NULL
      AND NEW.on_behalf_of_seal IS DISTINCT FROM ledger.seal_v1('on_behalf_of', NEW.on_behalf_of_salt, NEW.on_behalf_of)
    OR NEW.reason_salt IS NOT NULL AND NEW.reason_seal IS DISTINCT FROM ledger.seal_v1('reason', NEW.reason_salt, NEW.reason)
  THEN
    RAISE EXCEPTION 'command %: a seal that is not of its words', NEW.command_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
DROP TRIGGER seal ON ledger.command;
CREATE TRIGGER seal BEFORE INSERT ON ledger.command FOR EACH ROW EXECUTE FUNCTION ledger.seal_command_v2();
ALTER TABLE ledger.command ENABLE ALWAYS TRIGGER seal;
DROP FUNCTION ledger.seal_command_v1;

-- The head, locked until the caller's transaction ends: who copies names positions that nobody else takes meanwhile.
CREATE FUNCTION ledger.lock_head_v1() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS 'SELECT position FROM ledger.head WHERE only_row FOR UPDATE';

-- The head, and a time that everything appended after it is later than, as long as the clock does not run back.
CREATE FUNCTION ledger.complete_until_v1() RETURNS TABLE (head bigint, at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM FROM ledger.head h WHERE h.only_row FOR KEY SHARE;  -- waits for who is appending
  RETURN QUERY SELECT h.position, clock_timestamp() FROM ledger.head h;
END $$;

-- From here on this database only gathers. Refused where its log has an event of its own.
CREATE FUNCTION ledger.only_gathers_v1() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM FROM ledger.head h WHERE h.only_row FOR UPDATE;
  IF EXISTS (SELECT FROM ledger.elsewhere w WHERE w.election = '*') THEN
    RETURN true;
  END IF;
  IF (SELECT h.position FROM ledger.head h) > 0 THEN
    RETURN false;
  END IF;
  INSERT INTO ledger.elsewhere (election, log, address) VALUES ('*', '', '');
  RETURN true;
END $$;

-- An election is on its way here: until it has come whole it is written where it was.
CREATE FUNCTION ledger.await_v1(of_election text, at_log text, at_address text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO ledger.elsewhere (election, log, address) VALUES (of_election, at_log, at_address)
  ON CONFLICT (election) DO UPDATE SET log = excluded.log, address = excluded.address
$$;

-- Take in what other logs recorded: next positions, in order, each the next version of its stream, as it was recorded; and what
-- events that are here are called elsewhere. The caller holds the head's lock.
CREATE FUNCTION ledger.take_in_v1(
  -- one element per event; states: as they stand here; originals: as they stood there, null where that is the same
  positions bigint[], stream_ids uuid[], stream_versions int[], types text[], type_versions smallint[], event_commands uuid[],
  times timestamptz[], states bytea[], logs text[], source_positions bigint[], originals bytea[],
  -- one element per command of them
  command_ids uuid[], body_hashes bytea[], persons text[], offices text[], roles text[], on_behalf text[], channels text[],
  reasons text[], causes uuid[], request_ids text[], person_seals bytea[], office_seals bytea[], on_behalf_seals bytea[],
  reason_seals bytea[], person_salts bytea[], office_salts bytea[], on_behalf_salts bytea[], reason_salts bytea[],
  -- one element per name of an event in another log's numbering
  named_logs text[], named_sources bigint[], named_elections text[], named_positions bigint[]
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  last bigint;
  gathers boolean;
  latest timestamptz;
BEGIN
  SELECT h.position INTO last FROM ledger.head h WHERE h.only_row FOR UPDATE;
  gathers := EXISTS (SELECT FROM ledger.elsewhere w WHERE w.election = '*');
  SELECT coalesce(o.taken_at, e.recorded_at) INTO latest
  FROM ledger.event e LEFT JOIN ledger.original o USING (position) WHERE e.position = last;
  IF EXISTS (SELECT FROM unnest(positions) WITH ORDINALITY AS u(position, n) WHERE u.position <> last + u.n) OR EXISTS (
    SELECT FROM (
      SELECT u.stream, u.version - row_number() OVER (PARTITION BY u.stream ORDER BY u.n) AS before
      FROM unnest(stream_ids, stream_versions) WITH ORDINALITY AS u(stream, version, n)
    ) s
    WHERE s.before <> coalesce((
      SELECT e.stream_version FROM ledger.event e WHERE e.stream_id = s.stream ORDER BY e.stream_version DESC LIMIT 1), 0))
  THEN
    RAISE EXCEPTION 'not the next positions, or not the next versions' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  INSERT INTO ledger.original (position, log, source_position, state, taken_at)
  SELECT u.position, u.log, u.source, u.state,
         CASE WHEN gathers THEN greatest(latest, max(u.at) OVER (ORDER BY u.position)) ELSE greatest(latest, clock_timestamp()) END
  FROM unnest(positions, logs, source_positions, originals, times) AS u(position, log, source, state, at);
  INSERT INTO ledger.event (position, stream_id, stream_version, type, type_version, command_id, recorded_at, state)
  SELECT u.* FROM unnest(positions, stream_ids, stream_versions, types, type_versions, event_commands, times, states) AS u;
  INSERT INTO ledger.command (command_id, body_hash, first_position, last_position, recorded_at, person, office, role, on_behalf_of,
                              channel, reason, cause, request_id, person_seal, office_seal, on_behalf_of_seal, reason_seal,
                              person_salt, office_salt, on_behalf_of_salt, reason_salt)
  SELECT c.id, c.hash, e.first, e.last, e.at, c.person, c.office, c.role, c.behalf, c.channel, c.reason, c.cause, c.request,
         c.person_seal, c.office_seal, c.behalf_seal, c.reason_seal, c.person_salt, c.office_salt, c.behalf_salt, c.reason_salt
  FROM unnest(command_ids, body_hashes, persons, offices, roles, on_behalf, channels, reasons, causes, request_ids, person_seals,
              office_seals, on_behalf_seals, reason_seals, person_salts, office_salts, on_behalf_salts, reason_salts)
       AS c(id, hash, person, office, role, behalf, channel, reason, cause, request, person_seal, office_seal, behalf_seal,
            reason_seal, person_salt, office_salt, behalf_salt, reason_salt)
  JOIN (
    SELECT u.command, min(u.position) AS first, max(u.position) AS last, min(u.at) AS at
    FROM unnest(event_commands, positions, times) AS u(command, position, at) GROUP BY u.command
  ) e ON e.command = c.id
  ON CONFLICT (command_id) DO NOTHING;
  INSERT INTO ledger.origin (log, source_position, election, position)
  SELECT u.* FROM unnest(named_logs, named_sources, named_elections, named_positions) AS u ON CONFLICT DO NOTHING;
  IF cardinality(positions) > 0 THEN
    last := last + cardinality(positions);
    UPDATE ledger.head SET position = last WHERE only_row;
    PERFORM pg_notify('ledger', last::text);
  END IF;
  RETURN last;
END $$;

-- Words that were erased where they were recorded are erased in the copy.
CREATE FUNCTION ledger.erase_copies_v1(ids uuid[], persons boolean[], offices boolean[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  changed bigint;
BEGIN
  UPDATE ledger.command c SET
    body_hash = sha256(uuid_send(gen_random_uuid())),
    person = CASE WHEN u.of_person THEN '(erased)' ELSE c.person END, person_salt = CASE WHEN NOT u.of_person THEN c.person_salt END,
    office = CASE WHEN u.of_office THEN '(erased)' ELSE c.office END, office_salt = CASE WHEN NOT u.of_office THEN c.office_salt END,
    on_behalf_of = CASE WHEN c.on_behalf_of IS NOT NULL THEN '(erased)' END, on_behalf_of_salt = NULL,
    reason = CASE WHEN c.reason IS NOT NULL THEN '(erased)' END, reason_salt = NULL
  FROM unnest(ids, persons, offices) AS u(id, of_person, of_office)
  WHERE c.command_id = u.id AND EXISTS (SELECT FROM ledger.original o WHERE o.position = c.first_position);
  GET DIAGNOSTICS changed = ROW_COUNT;
  RETURN changed;
END $$;

DO $$
DECLARE f text;
BEGIN
  FOREACH f IN ARRAY ARRAY['refuse_elsewhere_v1', 'seal_command_v2', 'lock_head_v1', 'complete_until_v1', 'only_gathers_v1', 'await_v1',
                           'take_in_v1', 'erase_copies_v1'] LOOP
    EXECUTE format('ALTER FUNCTION ledger.%I OWNER TO ledger_owner', f);
    EXECUTE format('REVOKE ALL ON FUNCTION ledger.%I FROM PUBLIC', f);
  END LOOP;
END $$;
GRANT USAGE ON SCHEMA ledger TO reporting_copier;
GRANT SELECT ON ledger.head, ledger.command, ledger.event, ledger.erasure, ledger.checkpoint, ledger.tile, ledger.cosignature
  TO reporting_copier;
GRANT EXECUTE ON FUNCTION ledger.lock_head_v1, ledger.complete_until_v1, ledger.only_gathers_v1, ledger.await_v1, ledger.take_in_v1,
  ledger.erase_copies_v1, ledger.append_v1 TO reporting_copier;
GRANT INSERT, UPDATE ON ledger.gathered TO reporting_copier;
