-- The whole of today's schema in one file, to read. Kept by hand beside the migrations; a test proves that both
-- make the same database. Programs only ever run the migrations.

-- The append-only log, its only door's owner, and the roles. Positions are dense: 1, 2, 3 …
DO $$
DECLARE r text;
BEGIN
  FOREACH r IN ARRAY ARRAY['ledger_owner', 'reporting_writer', 'reporting_projector', 'reporting_reader'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', r);
    END IF;
    -- A managed service's administrator is no superuser: it must be a member to hand over ownership.
    IF NOT pg_has_role(current_user, r, 'MEMBER') THEN
      EXECUTE format('GRANT %I TO CURRENT_USER', r);
    END IF;
  END LOOP;
END $$;

CREATE SCHEMA ledger;
CREATE SCHEMA ops;
GRANT USAGE, CREATE ON SCHEMA ledger TO ledger_owner;  -- without a superuser, ownership passes only to who may create here

-- One row. Whoever holds its lock may append; that makes positions gapless and commit-ordered.
CREATE TABLE ledger.head (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  position bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO ledger.head (position) VALUES (0);

-- One row per accepted command: who, from where, why. Personal data stands here, outside the event bytes.
-- body_hash: SHA-256 of the canonical command body. result: canonical answer bytes, given again on a repeat.
CREATE TABLE ledger.command (
  command_id     uuid PRIMARY KEY,
  body_hash      bytea NOT NULL,
  first_position bigint NOT NULL,
  last_position  bigint NOT NULL,
  recorded_at    timestamptz NOT NULL,
  person         text NOT NULL,
  office         text NOT NULL,
  role           text NOT NULL,
  on_behalf_of   text,
  channel        text NOT NULL,
  reason         text,
  cause          uuid,
  request_id     text,
  -- what the log commits to instead of the words (ledger.seal_v1 below); the salts go when the words are erased
  person_seal       bytea NOT NULL,
  office_seal       bytea NOT NULL,
  on_behalf_of_seal bytea,
  reason_seal       bytea,
  person_salt       bytea,
  office_salt       bytea,
  on_behalf_of_salt bytea,
  reason_salt       bytea
);

CREATE TABLE ledger.event (
  position       bigint PRIMARY KEY,
  stream_id      uuid NOT NULL,
  stream_version integer NOT NULL,
  type           text NOT NULL,
  type_version   smallint NOT NULL,
  command_id     uuid NOT NULL,
  recorded_at    timestamptz NOT NULL,
  state          bytea NOT NULL,
  UNIQUE (stream_id, stream_version)
);

-- Which view version is live, how far each has read, and why one stopped.
CREATE TABLE ops.projection (
  version    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  state      text NOT NULL CHECK (state IN ('building', 'active', 'stopped', 'retired')),
  position   bigint NOT NULL DEFAULT 0,
  error      text,
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  shape      text NOT NULL DEFAULT ''  -- fingerprint of the build's schema of the views; empty before there was one
);
-- A stopped projection stays the one that is read: readers are told it is degraded.
CREATE UNIQUE INDEX one_live_projection ON ops.projection ((true)) WHERE state IN ('active', 'stopped');

-- The only door to the log. Many commands in one call (group append); each is accepted, repeated or refused by
-- itself. Never redefined in place: a changed door is append_v2 in a later migration.
--
-- Invariants: the head row's lock serialises appends, so positions are dense and become visible in order;
-- recorded_at never runs backwards along positions; a command_id names one body for ever; a stream's versions
-- are 1, 2, 3 … without a hole.
CREATE FUNCTION ledger.append_v1(
  -- one element per command; events_to: index of its last event in the arrays below
  command_ids uuid[], body_hashes bytea[], persons text[], offices text[], roles text[], on_behalf text[],
  channels text[], reasons text[], causes uuid[], request_ids text[], events_to int[],
  -- one element per event
  stream_ids uuid[], stream_versions int[], types text[], type_versions smallint[], states bytea[]
) RETURNS TABLE (
  outcome text, first_position bigint, last_position bigint, recorded_at timestamptz,
  conflict_stream uuid, expected_version int, actual_version int
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
-- Plans made while the tables were small are kept by the session: they must never scan a log that has grown since.
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  last bigint;
  start bigint;
  stored record;
  lo int := 1;
  hi int;
BEGIN
  IF cardinality(events_to) <> cardinality(command_ids) OR (
    SELECT coalesce(bool_and(k.hi >= k.lo AND k.hi IS NOT NULL), true) AND coalesce(max(k.hi), 0) = cardinality(stream_ids)
    FROM (SELECT u.hi, lag(u.hi, 1, 0) OVER (ORDER BY u.n) AS lo FROM unnest(events_to) WITH ORDINALITY AS u(hi, n)) k
  ) IS NOT TRUE THEN
    RAISE EXCEPTION 'events_to does not share out the events' USING ERRCODE = 'invalid_parameter_value';
  END IF;

  -- Two statements: the second one's snapshot is taken under the lock and so sees the event before.
  SELECT h.position INTO last FROM ledger.head h WHERE h.only_row FOR UPDATE;
  SELECT e.recorded_at INTO recorded_at FROM ledger.event e WHERE e.position = last;
  start := last;
  recorded_at := greatest(clock_timestamp(), recorded_at);

  -- All at once where each command is new and each event, in the order given, is the next of its stream: the loop
  -- below would append every one of them.
  IF NOT EXISTS (SELECT FROM ledger.command c WHERE c.command_id = ANY (command_ids))
    AND (SELECT count(DISTINCT u.id) FROM unnest(command_ids) AS u(id)) = cardinality(command_ids)
    AND (CASE WHEN 1 = ALL (stream_versions)
      THEN (SELECT count(DISTINCT u.id) FROM unnest(stream_ids) AS u(id)) = cardinality(stream_ids)
        AND NOT EXISTS (SELECT FROM ledger.event e WHERE e.stream_id = ANY (stream_ids))
      ELSE NOT EXISTS (
        SELECT FROM (
          SELECT u.stream, u.version - row_number() OVER (PARTITION BY u.stream ORDER BY u.n) AS before
          FROM unnest(stream_ids, stream_versions) WITH ORDINALITY AS u(stream, version, n)
        ) s
        WHERE s.before <> coalesce((
          SELECT e.stream_version FROM ledger.event e WHERE e.stream_id = s.stream ORDER BY e.stream_version DESC LIMIT 1), 0)
      ) END)
  THEN
    INSERT INTO ledger.event (position, stream_id, stream_version, type, type_version, command_id, recorded_at, state)
    SELECT generate_series(start + 1, start + cardinality(stream_ids)), unnest(stream_ids), unnest(stream_versions),
           unnest(types), unnest(type_versions), unnest(ARRAY(
             SELECT k.id
             FROM (SELECT u.id, coalesce(lag(u.hi) OVER (ORDER BY u.n), 0) AS lo, u.hi, u.n
                   FROM unnest(command_ids, events_to) WITH ORDINALITY AS u(id, hi, n)) k
             CROSS JOIN generate_series(k.lo + 1, k.hi)
             ORDER BY k.n
           )), recorded_at, unnest(states);
    RETURN QUERY
    WITH k AS (
      SELECT u.*, start + coalesce(lag(u.hi) OVER (ORDER BY u.n), 0) + 1 AS first, start + u.hi AS last
      FROM unnest(command_ids, body_hashes, persons, offices, roles, on_behalf, channels, reasons, causes, request_ids,
                  events_to) WITH ORDINALITY
           AS u(id, hash, person, office, role, behalf, channel, reason, cause, request, hi, n)
    ), inserted AS (
      INSERT INTO ledger.command (command_id, body_hash, first_position, last_position, recorded_at, person, office, role,
                                  on_behalf_of, channel, reason, cause, request_id)
      SELECT k.id, k.hash, k.first, k.last, recorded_at, k.person, k.office, k.role, k.behalf, k.channel, k.reason, k.cause,
             k.request
      FROM k
    )
    SELECT 'appended', k.first, k.last, recorded_at, NULL::uuid, NULL::int, NULL::int FROM k ORDER BY k.n;
    last := start + cardinality(stream_ids);
  ELSE
    FOR i IN 1 .. cardinality(command_ids) LOOP
      hi := events_to[i];
      first_position := NULL; last_position := NULL;
      conflict_stream := NULL; expected_version := NULL; actual_version := NULL;

      SELECT c.body_hash, c.first_position, c.last_position, c.recorded_at INTO stored
      FROM ledger.command c WHERE c.command_id = command_ids[i];
      IF FOUND THEN
        IF stored.body_hash = body_hashes[i] THEN
          RETURN QUERY SELECT 'repeated', stored.first_position, stored.last_position, stored.recorded_at,
                              NULL::uuid, NULL::int, NULL::int;
        ELSE
          outcome := 'reused'; RETURN NEXT;
        END IF;
        lo := hi + 1;
        CONTINUE;
      END IF;

      SELECT s.stream, s.lowest - 1, coalesce(v.version, 0) INTO conflict_stream, expected_version, actual_version
      FROM (
        SELECT u.stream, min(u.version) AS lowest, max(u.version) - min(u.version) + 1 <> count(DISTINCT u.version)
               OR count(*) <> count(DISTINCT u.version) AS holes
        FROM unnest(stream_ids[lo:hi], stream_versions[lo:hi]) AS u(stream, version)
        GROUP BY u.stream
      ) s
      LEFT JOIN LATERAL (
        SELECT e.stream_version AS version FROM ledger.event e
        WHERE e.stream_id = s.stream ORDER BY e.stream_version DESC LIMIT 1
      ) v ON true
      WHERE s.holes OR s.lowest <> coalesce(v.version, 0) + 1
      ORDER BY s.stream LIMIT 1;
      IF FOUND THEN
        outcome := 'conflict'; RETURN NEXT;
        lo := hi + 1;
        CONTINUE;
      END IF;

      INSERT INTO ledger.event (position, stream_id, stream_version, type, type_version, command_id, recorded_at, state)
      SELECT last + u.n, u.stream, u.version, u.type, u.type_version, command_ids[i], recorded_at, u.state
      FROM unnest(stream_ids[lo:hi], stream_versions[lo:hi], types[lo:hi], type_versions[lo:hi], states[lo:hi])
           WITH ORDINALITY AS u(stream, version, type, type_version, state, n);
      first_position := last + 1;
      last := last + hi - lo + 1;
      last_position := last;
      INSERT INTO ledger.command VALUES (
        command_ids[i], body_hashes[i], first_position, last_position, recorded_at,
        persons[i], offices[i], roles[i], on_behalf[i], channels[i], reasons[i], causes[i], request_ids[i]);
      outcome := 'appended'; RETURN NEXT;
      lo := hi + 1;
    END LOOP;
  END IF;

  IF last > start THEN
    UPDATE ledger.head SET position = last WHERE only_row;
    PERFORM pg_notify('ledger', last::text);
  END IF;
END $$;
ALTER FUNCTION ledger.append_v1 OWNER TO ledger_owner;

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
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ledger.command
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change_v1();
CREATE TRIGGER append_only BEFORE DELETE ON ledger.head
  FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change_v1();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ledger.head
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change_v1();
ALTER TABLE ledger.event ENABLE ALWAYS TRIGGER append_only, ENABLE ALWAYS TRIGGER append_only_truncate;
ALTER TABLE ledger.command ENABLE ALWAYS TRIGGER append_only_truncate;
ALTER TABLE ledger.head ENABLE ALWAYS TRIGGER append_only, ENABLE ALWAYS TRIGGER append_only_truncate;

-- The projector may make view schemas of one shape of name, and nothing else, in this database.
GRANT USAGE ON SCHEMA ops TO reporting_projector, reporting_reader, reporting_writer;
GRANT SELECT ON ops.projection TO reporting_projector, reporting_reader, reporting_writer;
GRANT INSERT, UPDATE, DELETE ON ops.projection TO reporting_projector;

CREATE FUNCTION ops.create_view_schema_v1(version int) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE name text := format('views_v%s', version);
BEGIN
  EXECUTE format('CREATE SCHEMA %I AUTHORIZATION reporting_projector', name);
  RETURN name;
END $$;
REVOKE ALL ON FUNCTION ops.create_view_schema_v1 FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.create_view_schema_v1 TO reporting_projector;

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
    USING ERRCODE = 'insufficient_privilege', HINT = 'Append a correcting event instead; ledger.erase_v2 erases words.';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger.command
  FOR EACH ROW EXECUTE FUNCTION ledger.refuse_command_change_v1();
ALTER TABLE ledger.command ENABLE ALWAYS TRIGGER append_only;

-- Who had whose words erased, and why; never the words, never the name.
CREATE TABLE ledger.erasure (
  erasure_no  integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  erased_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  erased_by   text NOT NULL,
  ground      text NOT NULL,
  command_ids uuid[] NOT NULL,
  disposal    text,
  files       bigint NOT NULL DEFAULT 0,
  addresses   bigint NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX erasure_of_disposal ON ledger.erasure (disposal) WHERE disposal IS NOT NULL;

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
ALTER FUNCTION ledger.refuse_command_change_v1 OWNER TO ledger_owner;

-- The signer sees what it signs, and no words.
GRANT USAGE ON SCHEMA ledger TO reporting_signer;
GRANT SELECT ON ledger.head, ledger.event TO reporting_signer;
GRANT SELECT (command_id, role, channel, cause, person_seal, office_seal, on_behalf_of_seal, reason_seal)
  ON ledger.command TO reporting_signer;
GRANT SELECT, INSERT ON ledger.tile, ledger.checkpoint, ledger.cosignature TO reporting_signer;
GRANT SELECT ON ledger.tile, ledger.checkpoint, ledger.cosignature, ledger.erasure
  TO reporting_writer, reporting_projector, reporting_reader;

-- The door with conditions: what the commands were decided on must stand still. Asked under the head row's lock, so that
-- nothing comes between the answer and the append. Where it does not, nothing is appended and one row says what moved: the
-- stream and its versions, or (disturbed) the stream of the figure that came and, as expected_version, which condition.
CREATE FUNCTION ledger.append_v2(
  command_ids uuid[], body_hashes bytea[], persons text[], offices text[], roles text[], on_behalf text[],
  channels text[], reasons text[], causes uuid[], request_ids text[], events_to int[],
  stream_ids uuid[], stream_versions int[], types text[], type_versions smallint[], states bytea[],
  -- one element per condition: a stream that stands at a version; an election without new figures since a position
  standing_ids uuid[], standing_versions int[], quiet_elections text[], quiet_since bigint[]
) RETURNS TABLE (
  outcome text, first_position bigint, last_position bigint, recorded_at timestamptz,
  conflict_stream uuid, expected_version int, actual_version int
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
  -- Two statements: the second one's snapshot is taken under the lock and so sees what was appended before.
  PERFORM FROM ledger.head h WHERE h.only_row FOR UPDATE;
  RETURN QUERY
  SELECT 'moved'::text, NULL::bigint, NULL::bigint, NULL::timestamptz, s.id, s.version, v.actual
  FROM unnest(standing_ids, standing_versions) AS s(id, version)
  CROSS JOIN LATERAL (
    SELECT coalesce((SELECT e.stream_version FROM ledger.event e WHERE e.stream_id = s.id
                     ORDER BY e.stream_version DESC LIMIT 1), 0) AS actual
  ) v
  WHERE v.actual <> s.version LIMIT 1;
  IF FOUND THEN
    RETURN;
  END IF;
  IF cardinality(quiet_elections) > 0 THEN
    RETURN QUERY
    SELECT 'disturbed'::text, NULL::bigint, e.position, NULL::timestamptz, e.stream_id, q.n::int, e.stream_version
    FROM unnest(quiet_elections, quiet_since) WITH ORDINALITY AS q(election, since, n)
    JOIN ledger.event e ON e.position > q.since
    WHERE e.type IN ('FiguresEntered', 'FiguresCorrected')
      AND convert_from(e.state, 'UTF8')::json->>'election' = q.election
    ORDER BY e.position LIMIT 1;
    IF FOUND THEN
      RETURN;
    END IF;
  END IF;
  RETURN QUERY SELECT a.outcome, a.first_position, a.last_position, a.recorded_at, a.conflict_stream, a.expected_version,
                      a.actual_version
  FROM ledger.append_v1(command_ids, body_hashes, persons, offices, roles, on_behalf, channels, reasons, causes, request_ids,
                        events_to, stream_ids, stream_versions, types, type_versions, states) a;
END $$;
ALTER FUNCTION ledger.append_v2 OWNER TO ledger_owner;
REVOKE ALL ON FUNCTION ledger.append_v2 FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.append_v2 TO reporting_writer;

-- Files that were sent, each its sender's own, until they are taken or discarded; the log keeps only their hash. `way`: how they came.
-- The same file of one sender is one upload.
CREATE TABLE ops.upload (
  upload_id    uuid PRIMARY KEY,
  person       text NOT NULL,
  office       text NOT NULL,
  jurisdiction text NOT NULL,
  name         text NOT NULL,
  sha256       bytea NOT NULL CHECK (octet_length(sha256) = 32),
  size         bigint NOT NULL,
  received_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  way          text NOT NULL DEFAULT 'import' CHECK (way IN ('import', 'workbook'))
);
CREATE UNIQUE INDEX upload_of_sender ON ops.upload (person, office, jurisdiction, sha256);
CREATE INDEX upload_by_age ON ops.upload (received_at);
CREATE TABLE ops.upload_piece (
  upload_id uuid NOT NULL REFERENCES ops.upload ON DELETE CASCADE,
  piece     int NOT NULL,
  content   bytea NOT NULL,
  PRIMARY KEY (upload_id, piece)
);
-- What a sender's own id for an import was answered, so that sending again is safe.
CREATE TABLE ops.import_answer (
  command_id uuid PRIMARY KEY,
  request    bytea NOT NULL CHECK (octet_length(request) = 32),
  answer     text NOT NULL
);
REVOKE ALL ON ops.upload, ops.upload_piece, ops.import_answer FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON ops.upload, ops.upload_piece TO reporting_writer;
GRANT SELECT, INSERT ON ops.import_answer TO reporting_writer;
GRANT UPDATE (way, name, received_at) ON ops.upload TO reporting_writer;
-- Whoever erases a person owns what names one: rows, and the planner's statistics of them.
GRANT USAGE, CREATE ON SCHEMA ops TO ledger_owner;
ALTER TABLE ops.upload OWNER TO ledger_owner;
ALTER TABLE ops.upload_piece OWNER TO ledger_owner;
REVOKE CREATE ON SCHEMA ops FROM ledger_owner;

-- Where people are told of what happens: personal data, beside the log, gone with the person. Nobody is told of what is older than
-- their address (`since`: a ledger position). `rank`: 0 is told first. `secret`: signs what a webhook gets.
CREATE TABLE ops.address (
  address_id uuid PRIMARY KEY,
  office     text NOT NULL,
  person     text NOT NULL,
  channel    text NOT NULL CHECK (channel IN ('webhook', 'mail', 'telephone')),
  address    text NOT NULL,
  secret     text,
  rank       int NOT NULL CHECK (rank BETWEEN 0 AND 9),
  quiet_from time,
  quiet_to   time,
  since      bigint NOT NULL,
  CHECK ((quiet_from IS NULL) = (quiet_to IS NULL)),
  CHECK ((secret IS NOT NULL) = (channel = 'webhook')),
  UNIQUE (office, person, channel, address)
);
-- What there is to tell, as a follower of the log found it, and how far it has read: one transaction.
CREATE TABLE ops.notice (
  position bigint PRIMARY KEY,
  kind     text NOT NULL,
  election text NOT NULL,
  form     text NOT NULL,
  slot     text NOT NULL,
  unit     text NOT NULL,
  laid_out boolean NOT NULL DEFAULT false
);
CREATE INDEX notice_to_lay_out ON ops.notice (position) WHERE NOT laid_out;
CREATE TABLE ops.notices_read (
  application text PRIMARY KEY,
  position    bigint NOT NULL
);
-- One for each address that is to be told of a notice. `next_at`: not tried before; NULL: only when somebody before it is not reached.
CREATE TABLE ops.delivery (
  delivery_id uuid PRIMARY KEY,
  position    bigint NOT NULL REFERENCES ops.notice,
  address_id  uuid NOT NULL REFERENCES ops.address ON DELETE CASCADE,
  state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'made', 'dead', 'unneeded')),
  attempts    int NOT NULL DEFAULT 0,
  next_at     timestamptz,
  failure     text,
  said        text,
  UNIQUE (position, address_id)
);
CREATE INDEX delivery_waiting ON ops.delivery (next_at) WHERE state = 'waiting';
CREATE INDEX delivery_of_address ON ops.delivery (address_id);
REVOKE ALL ON ops.address, ops.notice, ops.notices_read, ops.delivery FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON ops.address TO reporting_writer;
GRANT SELECT, INSERT, UPDATE ON ops.notice, ops.notices_read, ops.delivery TO reporting_writer;
GRANT USAGE, CREATE ON SCHEMA ops TO ledger_owner;
ALTER TABLE ops.address OWNER TO ledger_owner;
ALTER TABLE ops.delivery OWNER TO ledger_owner;
REVOKE CREATE ON SCHEMA ops FROM ledger_owner;

-- Nothing is erased before its time, under a legal hold, or by one person: the gate stands in the function that erases.

-- Rows of `retention.toml`, which says where each comes from; a test proves that both say the same.
CREATE TABLE ledger.retention_period (
  election      text NOT NULL,
  contest       text NOT NULL,
  polled_from   date,
  polled_before date,
  years         int NOT NULL CHECK (years > 0)
);
INSERT INTO ledger.retention_period (election, contest, polled_from, polled_before, years) VALUES
  ('lower_house', '', NULL, NULL, 4),
  ('upper_house', '', NULL, NULL, 6),
  ('prefectural_assembly', '', NULL, NULL, 4),
  ('designated_city_assembly', '', NULL, NULL, 4),
  ('municipal_assembly', '', NULL, NULL, 4),
  ('governor', '', NULL, NULL, 4),
  ('mayor', '', NULL, NULL, 4),
  ('', 'retention', '2023-02-17', NULL, 5),
  ('', 'retention', NULL, '2023-02-17', 10),
  ('?', '', NULL, NULL, 10),
  ('-', '', NULL, NULL, 10);
ALTER TABLE ledger.retention_period OWNER TO ledger_owner;
REVOKE ALL ON ledger.retention_period FROM PUBLIC;

-- In its own function, so that tests may move the clock. Japan's day.
CREATE FUNCTION ledger.retention_today_v1() RETURNS date LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN (clock_timestamp() AT TIME ZONE 'Asia/Tokyo')::date;

-- The last day on which an election's records are kept, by every definition it ever had and a year beside the law's period.
CREATE FUNCTION ledger.kept_until_v1(code text) RETURNS date LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH defined AS (
    SELECT d.*, split_part(d.kind, '.', 1) AS family
    FROM ledger.event e
    CROSS JOIN LATERAL (SELECT convert_from(e.state, 'UTF8')::jsonb->'definition' AS definition) j
    CROSS JOIN LATERAL (
      SELECT j.definition->>'kind' AS kind, (j.definition->>'polling_date')::date AS polled,
             ARRAY(SELECT c->>'kind' FROM jsonb_array_elements(j.definition->'contests') c) AS contests
    ) d
    WHERE e.type = 'ElectionDefined' AND j.definition->>'code' = code
  )
  SELECT max((d.polled + make_interval(years => p.years + 1))::date)
  FROM defined d
  JOIN ledger.retention_period p ON p.election IN ('', CASE
      WHEN EXISTS (SELECT FROM ledger.retention_period o WHERE o.election = d.family AND d.family <> '') THEN d.family ELSE '?' END)
    AND (p.contest = '' OR p.contest = ANY (d.contests))
    AND (p.polled_from IS NULL OR d.polled >= p.polled_from) AND (p.polled_before IS NULL OR d.polled < p.polled_before)
$$;

-- Elections that each command touched: by its events, but those that say what is held or disposed of. None: one empty row.
-- The array is no condition on all commands: that would look through it for each of them.
CREATE FUNCTION ledger.elections_of_v1(ids uuid[]) RETURNS TABLE (command_id uuid, election text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET plan_cache_mode = force_custom_plan SET jit = off AS $$
  SELECT DISTINCT c.command_id, t.election
  FROM unnest(ids) AS u(id)
  CROSS JOIN LATERAL (SELECT * FROM ledger.command WHERE command_id = u.id OFFSET 0) c
  LEFT JOIN LATERAL (
    SELECT e.election
    FROM generate_series(c.first_position, c.last_position) AS p(position)
    CROSS JOIN LATERAL (
      SELECT coalesce(s.state->>'election', CASE WHEN e.type = 'ElectionDefined' THEN s.state->'definition'->>'code' END,
                      CASE WHEN e.type = 'ChangeProposed' AND s.state->>'subject' = 'election' THEN s.state->>'code' END) AS election
      FROM ledger.event e CROSS JOIN LATERAL (SELECT convert_from(e.state, 'UTF8')::jsonb AS state OFFSET 0) s
      WHERE e.position = p.position AND e.stream_id <> '892fcbc5-aa23-52c1-ad6c-5e3348215728' OFFSET 0
    ) e
  ) t ON t.election IS NOT NULL
$$;

-- Every command that has words left, but those that say who held and who disposed, and the elections that each touched by its events;
-- `older`: of those alone that are older than so many years. Commands are read as they stand, each event is looked up by its position:
-- as a range the planner takes a command's events for a ninth of the log.
CREATE FUNCTION ledger.words_left_v1(older int) RETURNS TABLE (command_id uuid, elections text[])
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
SET enable_seqscan = on SET plan_cache_mode = force_custom_plan SET jit = off AS $$
  SELECT c.command_id, coalesce(t.elections, '{}')
  FROM ledger.command c
  CROSS JOIN LATERAL (
    SELECT array_agg(DISTINCT e.election) FILTER (WHERE e.election IS NOT NULL) AS elections, bool_or(e.retains) AS retains
    FROM generate_series(c.first_position, c.last_position) AS p(position)
    CROSS JOIN LATERAL (
      SELECT coalesce(s.state->>'election', CASE WHEN e.type = 'ElectionDefined' THEN s.state->'definition'->>'code' END,
                      CASE WHEN e.type = 'ChangeProposed' AND s.state->>'subject' = 'election' THEN s.state->>'code' END) AS election,
             e.stream_id = '892fcbc5-aa23-52c1-ad6c-5e3348215728' AS retains
      FROM ledger.event e CROSS JOIN LATERAL (SELECT convert_from(e.state, 'UTF8')::jsonb AS state OFFSET 0) s
      WHERE e.position = p.position OFFSET 0
    ) e
  ) t
  WHERE (c.person_salt IS NOT NULL OR c.on_behalf_of_salt IS NOT NULL OR c.reason_salt IS NOT NULL) AND t.retains IS NOT TRUE
    AND (older IS NULL
         OR (c.recorded_at AT TIME ZONE 'Asia/Tokyo')::date + make_interval(years => older) < ledger.retention_today_v1())
$$;

-- Commands whose words a disposal would erase: of a person and those named; of an election; or, with neither, those of no election
-- whose period is over. Those that have no words left are none of them, nor those that
-- say who held and who disposed: they bear out the certificates.
CREATE FUNCTION ledger.disposable_v1(of_person text, named uuid[], of_election text) RETURNS uuid[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  ids uuid[];
BEGIN
  IF of_person IS NOT NULL OR cardinality(named) > 0 THEN
    SELECT array_agg(c.command_id ORDER BY c.command_id) INTO ids FROM ledger.command c
    WHERE c.person = of_person OR c.on_behalf_of = of_person OR (c.command_id = ANY (named) AND c.office_salt IS NOT NULL);
  ELSE
    SELECT array_agg(w.command_id ORDER BY w.command_id) INTO ids
    FROM ledger.words_left_v1(CASE WHEN of_election IS NULL THEN 1 + (
      SELECT p.years FROM ledger.retention_period p WHERE p.election = '-') END) w
    WHERE CASE WHEN of_election IS NULL THEN w.elections = '{}' ELSE of_election = ANY (w.elections) END;
  END IF;
  RETURN coalesce(ids, '{}');
END $$;

-- The digest that both people saw: SHA-256 over the ids in order.
CREATE FUNCTION ledger.digest_of_v1(ids uuid[]) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
RETURN encode(sha256(coalesce((SELECT string_agg(uuid_send(u.id), ''::bytea ORDER BY u.id) FROM unnest(ids) AS u(id)), '')), 'hex');

-- Carry out a disposal that one person proposed and another confirmed. Whatever way it is called: refused before its time (only a
-- request of the person or a court's order passes that), under a hold (only a court's order passes that), and where its commands are
-- not those that both saw. A second call answers what the first erased. Offices stay, except of commands named.
CREATE FUNCTION ledger.erase_v2(of_disposal text, of_person text, named_commands uuid[], erased_by text, why text)
RETURNS TABLE (commands bigint, files bigint, addresses bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  named uuid[] := coalesce(named_commands, '{}');
  proposal jsonb;
  proposed_by text;
  confirmed_by text;
  ids uuid[];
  elections text[];
  holds text;
  gone bigint := 0;
  unreachable bigint := 0;
BEGIN
  -- Holds are opened through the same lock: none comes between the answer and the erasure.
  PERFORM FROM ledger.head h WHERE h.only_row FOR UPDATE;
  SELECT cardinality(e.command_ids), e.files, e.addresses INTO commands, files, addresses FROM ledger.erasure e WHERE e.disposal = of_disposal;
  IF FOUND THEN
    RETURN NEXT; RETURN;
  END IF;
  SELECT convert_from(e.state, 'UTF8')::jsonb, c.person INTO proposal, proposed_by
  FROM ledger.event e JOIN ledger.command c USING (command_id)
  WHERE e.stream_id = '892fcbc5-aa23-52c1-ad6c-5e3348215728' AND e.type = 'DisposalProposed'
    AND convert_from(e.state, 'UTF8')::jsonb->>'disposal' = of_disposal
  ORDER BY e.position LIMIT 1;
  SELECT c.person INTO confirmed_by
  FROM ledger.event e JOIN ledger.command c USING (command_id)
  WHERE e.stream_id = '892fcbc5-aa23-52c1-ad6c-5e3348215728' AND e.type = 'DisposalConfirmed'
    AND convert_from(e.state, 'UTF8')::jsonb->>'disposal' = of_disposal
    AND c.person <> proposed_by AND '(erased)' NOT IN (c.person, proposed_by)
  ORDER BY e.position LIMIT 1;
  IF proposal IS NULL OR confirmed_by IS NULL THEN
    RAISE EXCEPTION 'retention: not_confirmed' USING ERRCODE = 'insufficient_privilege';
  END IF;

  IF proposal->>'ground' = 'period_over' THEN
    of_person := NULL; named := '{}';
    IF proposal->>'election' IS NOT NULL
      AND coalesce(ledger.kept_until_v1(proposal->>'election') >= ledger.retention_today_v1(), true) THEN
      RAISE EXCEPTION 'retention: kept_still' USING ERRCODE = 'insufficient_privilege';
    END IF;
  ELSIF proposal->>'ground' NOT IN ('data_protection', 'court_order') OR (of_person IS NULL AND cardinality(named) = 0) THEN
    RAISE EXCEPTION 'retention: not_confirmed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  ids := ledger.disposable_v1(of_person, named, proposal->>'election');
  IF ledger.digest_of_v1(ids) <> proposal->>'digest' THEN
    RAISE EXCEPTION 'retention: not_as_confirmed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  SELECT array_agg(DISTINCT t.election) INTO elections FROM ledger.elections_of_v1(ids) t WHERE t.election IS NOT NULL;
  IF proposal->>'ground' = 'period_over' AND EXISTS (
    SELECT FROM unnest(elections) AS u(code) WHERE coalesce(ledger.kept_until_v1(u.code) >= ledger.retention_today_v1(), true)) THEN
    RAISE EXCEPTION 'retention: kept_still' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF proposal->>'ground' <> 'court_order' THEN
    SELECT string_agg(s.state->>'hold', ', ' ORDER BY e.position) INTO holds
    FROM ledger.event e CROSS JOIN LATERAL (SELECT convert_from(e.state, 'UTF8')::jsonb AS state) s
    WHERE e.stream_id = '892fcbc5-aa23-52c1-ad6c-5e3348215728' AND e.type = 'HoldOpened'
      AND (s.state->>'record' IS NULL OR s.state->>'record' = proposal->>'record'
           OR (s.state->>'record' = 'files' AND of_person IS NOT NULL))
      AND (s.state->>'election' IS NULL OR s.state->>'election' = ANY (elections))
      AND NOT EXISTS (
        SELECT FROM ledger.event l WHERE l.stream_id = e.stream_id AND l.type = 'HoldLifted' AND l.position > e.position
          AND convert_from(l.state, 'UTF8')::jsonb->>'hold' = s.state->>'hold');
    IF holds IS NOT NULL THEN
      RAISE EXCEPTION 'retention: under_hold' USING ERRCODE = 'insufficient_privilege', DETAIL = holds;
    END IF;
  END IF;

  UPDATE ledger.command c SET
    body_hash = sha256(uuid_send(gen_random_uuid())),
    person = CASE WHEN c.person = of_person OR c.command_id = ANY (named) OR of_person IS NULL AND named = '{}'
                  THEN '(erased)' ELSE c.person END,
    person_salt = CASE WHEN c.person = of_person OR c.command_id = ANY (named) OR of_person IS NULL AND named = '{}'
                       THEN NULL ELSE c.person_salt END,
    office = CASE WHEN c.command_id = ANY (named) THEN '(erased)' ELSE c.office END,
    office_salt = CASE WHEN c.command_id = ANY (named) THEN NULL ELSE c.office_salt END,
    on_behalf_of = CASE WHEN c.on_behalf_of IS NOT NULL THEN '(erased)' END, on_behalf_of_salt = NULL,
    reason = CASE WHEN c.reason IS NOT NULL THEN '(erased)' END, reason_salt = NULL
  WHERE c.command_id = ANY (ids);
  IF of_person IS NOT NULL THEN
    DELETE FROM ops.upload u WHERE u.person = of_person;
    GET DIAGNOSTICS gone = ROW_COUNT;
    DELETE FROM ops.address a WHERE a.person = of_person;
    GET DIAGNOSTICS unreachable = ROW_COUNT;
  END IF;
  INSERT INTO ledger.erasure (erased_by, ground, command_ids, disposal, files, addresses)
  VALUES (erased_by, why, ids, of_disposal, gone, unreachable);
  commands := cardinality(ids); files := gone; addresses := unreachable;
  RETURN NEXT;
END $$;

DO $$
DECLARE f text;
BEGIN
  FOREACH f IN ARRAY ARRAY['retention_today_v1', 'kept_until_v1', 'elections_of_v1', 'words_left_v1', 'disposable_v1', 'digest_of_v1', 'erase_v2'] LOOP
    EXECUTE format('ALTER FUNCTION ledger.%I OWNER TO ledger_owner', f);
    EXECUTE format('REVOKE ALL ON FUNCTION ledger.%I FROM PUBLIC', f);
  END LOOP;
END $$;
-- What would be erased may be counted by whoever proposes it; only the owner erases.
GRANT SELECT ON ledger.retention_period TO reporting_writer, reporting_reader;
GRANT EXECUTE ON FUNCTION ledger.retention_today_v1, ledger.kept_until_v1, ledger.elections_of_v1, ledger.words_left_v1,
  ledger.disposable_v1, ledger.digest_of_v1 TO reporting_writer, reporting_reader;

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
CREATE TRIGGER seal BEFORE INSERT ON ledger.command FOR EACH ROW EXECUTE FUNCTION ledger.seal_command_v2();
ALTER TABLE ledger.command ENABLE ALWAYS TRIGGER seal;

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
