-- What the log said at a position, read from the log itself.

-- name: head_at  The last position recorded at or before an instant: times never run backwards along positions.
WITH RECURSIVE search AS (
  SELECT 0::bigint AS lo, %(head)s::bigint AS hi
  UNION ALL
  SELECT CASE WHEN e.recorded_at <= %(instant)s THEN m.mid ELSE s.lo END,
         CASE WHEN e.recorded_at <= %(instant)s THEN s.hi ELSE m.mid - 1 END
  FROM search s
  CROSS JOIN LATERAL (SELECT (s.lo + s.hi + 1) / 2 AS mid) m
  JOIN ledger.event e ON e.position = m.mid
  WHERE s.lo < s.hi
)
SELECT lo FROM search WHERE lo = hi;

-- name: events_of_stream  One stream up to a position.
SELECT position, stream_id, stream_version, recorded_at, command_id, type, type_version, state
FROM ledger.event WHERE stream_id = %(stream)s AND position <= %(position)s ORDER BY stream_version;

-- name: stream_version_at
SELECT coalesce(max(stream_version), 0) FROM ledger.event WHERE stream_id = %(stream)s AND position <= %(position)s;

-- name: values_at  The last value of each wanted cell in each stream; one index descent for each.
SELECT s.id, k.key, v.value, v.position
FROM unnest(%(streams)s::uuid[]) AS s(id) CROSS JOIN unnest(%(keys)s::text[]) AS k(key)
CROSS JOIN LATERAL (
  SELECT convert_from(e.state, 'UTF8')::jsonb->'figures'->>k.key AS value, e.position
  FROM ledger.event e
  WHERE e.stream_id = s.id AND e.position <= %(position)s AND e.type = ANY(%(types)s)
    AND convert_from(e.state, 'UTF8')::jsonb->'figures' ? k.key
    AND (%(level)s::text IS NULL OR convert_from(e.state, 'UTF8')::jsonb->>'level' = %(level)s)
  ORDER BY e.stream_version DESC LIMIT 1
) v;

-- name: cells_at  Every cell of one stream as of a position.
SELECT DISTINCT ON (f.key) f.key, f.value, e.position
FROM ledger.event e CROSS JOIN LATERAL jsonb_each_text(convert_from(e.state, 'UTF8')::jsonb->'figures') AS f
WHERE e.stream_id = %(stream)s AND e.position <= %(position)s AND e.type = ANY(%(types)s)
ORDER BY f.key, e.stream_version DESC;
