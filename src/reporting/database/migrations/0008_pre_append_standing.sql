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
