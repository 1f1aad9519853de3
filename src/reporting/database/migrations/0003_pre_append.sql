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
