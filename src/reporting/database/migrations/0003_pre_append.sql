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
