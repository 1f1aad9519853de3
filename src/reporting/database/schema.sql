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
  request_id     text
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
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
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
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  last bigint;
  start bigint;
  stored record;
  lo int := 1;
  hi int;
BEGIN
  SELECT h.position, e.recorded_at INTO last, recorded_at
  FROM ledger.head h LEFT JOIN ledger.event e ON e.position = h.position
  FOR UPDATE OF h;
  start := last;
  recorded_at := greatest(clock_timestamp(), recorded_at);

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

  IF last > start THEN
    UPDATE ledger.head SET position = last;
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

