-- The trail: events with who did them, from the log itself.

-- name: trail  Newest first. Null filters are no filters; `streams` names returns and lots, `units` is compared with the event, or
-- the contest of a lot with `lots`.
SELECT e.position, e.stream_id, e.stream_version, e.recorded_at, e.type, c.person, c.office, c.role, c.on_behalf_of, c.channel,
       c.reason, s.state::text AS state
FROM ledger.event e
JOIN ledger.command c USING (command_id)
CROSS JOIN LATERAL (SELECT convert_from(e.state, 'UTF8')::jsonb AS state) s
WHERE e.position <= %(upto)s AND e.position > %(since)s AND (%(before)s::bigint IS NULL OR e.position < %(before)s)
  AND (%(streams)s::uuid[] IS NULL OR e.stream_id = ANY(%(streams)s))
  AND (%(types)s::text[] IS NULL OR e.type = ANY(%(types)s))
  AND (%(person)s::text IS NULL OR c.person = %(person)s)
  AND (%(office)s::text IS NULL OR c.office = %(office)s)
  AND (%(election)s::text IS NULL OR s.state->>'election' = %(election)s OR s.state->'definition'->>'code' = %(election)s)
  AND (%(form)s::text IS NULL OR s.state->>'form' = %(form)s) AND (%(slot)s::text IS NULL OR s.state->>'slot' = %(slot)s)
  AND (%(units)s::text[] IS NULL OR s.state->>'unit' = ANY(%(units)s)
       OR (e.type IN ('LotRecorded', 'LotConfirmed') AND s.state->>'contest' = ANY(%(lots)s::text[])))
  AND (num_nonnulls(%(contest)s::text, %(items)s::text[], %(breakdown)s::text, %(choices)s::text[]) = 0 OR EXISTS (
        SELECT FROM (
          SELECT jsonb_object_keys(coalesce(s.state->'figures', '{}') || CASE jsonb_typeof(s.state->'cells') WHEN 'object' THEN s.state->'cells' ELSE '{}' END)
          UNION ALL SELECT jsonb_array_elements_text(CASE jsonb_typeof(s.state->'cells') WHEN 'array' THEN s.state->'cells' ELSE '[]' END)
          UNION ALL SELECT concat_ws('|', r.state->>'contest', r.state->>'item', '', jsonb_array_elements_text(r.state->'among'))
          FROM (SELECT s.state WHERE e.type = 'LotRecorded' UNION ALL
                SELECT convert_from(o.state, 'UTF8')::jsonb FROM ledger.event o
                WHERE e.type = 'LotConfirmed' AND o.position = (s.state->>'recorded')::bigint) r(state)
        ) AS k(key)
        WHERE (%(contest)s::text IS NULL OR split_part(k.key, '|', 1) = %(contest)s)
          AND (%(items)s::text[] IS NULL OR split_part(k.key, '|', 2) = ANY(%(items)s))
          AND (%(breakdown)s::text IS NULL OR split_part(k.key, '|', 3) = %(breakdown)s)
          AND (%(choices)s::text[] IS NULL OR split_part(k.key, '|', 4) = ANY(%(choices)s))))
ORDER BY e.position DESC LIMIT %(limit)s;

-- name: values_of  What events at these positions said of these cells.
SELECT e.position, w.key, convert_from(e.state, 'UTF8')::jsonb->'figures'->>w.key
FROM unnest(%(positions)s::bigint[], %(keys)s::text[]) AS w(position, key) JOIN ledger.event e USING (position);

-- name: receipts  How figures set by the events at these positions had reached the office: its submission says, a few events on.
SELECT e.position, r.receipt->>'source', (r.receipt->>'received_at')::timestamptz
FROM unnest(%(positions)s::bigint[]) AS w(position) JOIN ledger.event e USING (position)
CROSS JOIN LATERAL (
  SELECT convert_from(n.state, 'UTF8')::jsonb->'receipt' AS receipt FROM ledger.event n
  WHERE n.position BETWEEN e.position AND e.position + 3 AND n.command_id = e.command_id AND n.type IN ('ReturnSubmitted', 'FiguresReceived')
    AND jsonb_typeof(convert_from(n.state, 'UTF8')::jsonb->'receipt') = 'object'
  LIMIT 1) r
WHERE jsonb_typeof(r.receipt) = 'object';

-- name: last_change  The last events that set figures of these streams in a span.
SELECT position FROM ledger.event
WHERE stream_id = ANY(%(streams)s) AND position > %(since)s AND position <= %(upto)s AND type = ANY(%(types)s)
  AND convert_from(state, 'UTF8')::jsonb->'figures' ? %(key)s
ORDER BY position LIMIT %(limit)s;

-- name: redefined  What changed an election or its areas in a span.
SELECT position FROM ledger.event
WHERE stream_id = ANY(%(streams)s) AND position > %(since)s AND position <= %(upto)s
  AND type IN ('ElectionDefined', 'AreasRegistered', 'GeographiesDeclared')
ORDER BY position;
