-- What a disposal would erase is told in one pass over the log, however much it is. Its answers are those of before.

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

-- The same of some commands; none: one empty row. The array is no condition on all commands: that looked through it for each of them.
CREATE OR REPLACE FUNCTION ledger.elections_of_v1(ids uuid[]) RETURNS TABLE (command_id uuid, election text)
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

CREATE OR REPLACE FUNCTION ledger.disposable_v1(of_person text, named uuid[], of_election text) RETURNS uuid[]
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

ALTER FUNCTION ledger.words_left_v1 OWNER TO ledger_owner;
REVOKE ALL ON FUNCTION ledger.words_left_v1 FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.words_left_v1 TO reporting_writer, reporting_reader;
