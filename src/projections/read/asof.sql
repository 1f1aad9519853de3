-- What the log said at a position, read from the log itself.

-- name: head_at  The last position recorded (of a copy: taken in) at or before an instant: these never run backwards along positions.
WITH RECURSIVE search AS (
  SELECT 0::bigint AS lo, %(head)s::bigint AS hi
  UNION ALL
  SELECT CASE WHEN coalesce(o.taken_at, e.recorded_at) <= %(instant)s THEN m.mid ELSE s.lo END,
         CASE WHEN coalesce(o.taken_at, e.recorded_at) <= %(instant)s THEN s.hi ELSE m.mid - 1 END
  FROM search s
  CROSS JOIN LATERAL (SELECT (s.lo + s.hi + 1) / 2 AS mid) m
  JOIN ledger.event e ON e.position = m.mid LEFT JOIN ledger.original o ON o.position = m.mid
  WHERE s.lo < s.hi
)
SELECT lo FROM search WHERE lo = hi;

-- name: events_of_stream  One stream up to a position.
SELECT position, stream_id, stream_version, recorded_at, command_id, type, type_version, state
FROM ledger.event WHERE stream_id = %(stream)s AND position <= %(position)s ORDER BY stream_version;

-- name: stream_version_at
SELECT coalesce(max(stream_version), 0) FROM ledger.event WHERE stream_id = %(stream)s AND position <= %(position)s;

-- name: last_definition  The newest event of one stream up to a position.
SELECT position, stream_id, stream_version, recorded_at, command_id, type, type_version, state
FROM ledger.event WHERE stream_id = %(stream)s AND position <= %(position)s ORDER BY stream_version DESC LIMIT 1;

-- name: first_defined  Where a stream begins, up to a position.
SELECT position FROM ledger.event WHERE stream_id = %(stream)s AND position <= %(position)s ORDER BY stream_version LIMIT 1;

-- name: walk_back  For `then`: down each stream's index until the event that counts, instead of gathering and sorting all.
SELECT set_config('enable_bitmapscan', %(bitmaps)s, true);

-- name: then  The last value of each wanted cell in each stream as of a position: one index descent for each stream, and
-- one more for each cell its newest event leaves out. States are canonical bytes, so a cell's quoted key stands in one
-- exactly when it sets the cell, and its value, which holds no quote, between the next two: nothing is parsed.
-- `common`: how all wanted quoted keys begin; `places`: of each stream, the numbers of the areas it counts towards (null:
-- none that is wanted).
WITH wanted AS (
  SELECT key, quoted, convert_from(quoted, 'UTF8') || '"' AS beginning
  FROM unnest(%(keys)s::text[], %(quoted)s::bytea[]) AS k(key, quoted)
), newest AS MATERIALIZED (
  SELECT s.n, s.id, s.places, v.stream_version, v.position, convert_from(v.state, 'UTF8') AS state
  FROM unnest(%(streams)s::uuid[], %(places)s::text[]) WITH ORDINALITY AS s(id, places, n) CROSS JOIN LATERAL (
    SELECT e.stream_version, e.position, e.state
    FROM ledger.event e
    WHERE e.stream_id = s.id AND e.position <= %(position)s AND e.type = ANY(%(types)s)
      AND position(%(common)s::bytea IN e.state) > 0
      AND (%(level)s::bytea IS NULL OR position(%(level)s::bytea IN e.state) > 0)
    ORDER BY e.stream_version DESC LIMIT 1
  ) v
  WHERE s.places IS NOT NULL
), said AS MATERIALIZED (
  SELECT l.n, l.places, l.position, k.key, nullif(split_part(split_part(l.state, k.beginning, 2), '"', 1), '') AS value
  FROM newest l CROSS JOIN wanted k
), found AS (
  SELECT n, places, key, value, position FROM said WHERE value IS NOT NULL
  UNION ALL
  SELECT l.n, l.places, k.key, v.value, v.position
  FROM said i JOIN newest l USING (n) JOIN wanted k USING (key) CROSS JOIN LATERAL (
    SELECT e.position, convert_from(e.state, 'UTF8')::jsonb->'figures'->>k.key AS value
    FROM ledger.event e
    WHERE e.stream_id = l.id AND e.stream_version < l.stream_version AND e.type = ANY(%(types)s)
      AND position(k.quoted IN e.state) > 0
      AND (%(level)s::bytea IS NULL OR position(%(level)s::bytea IN e.state) > 0)
    ORDER BY e.stream_version DESC LIMIT 1
  ) v
  WHERE i.value IS NULL
)
{answer};

-- name: since  Every event that sets one of the wanted cells, of each stream after a version of its own: what is put between quotes is
-- each cell's value, as `said` takes it out. The head alone bounds it.
SELECT s.n, e.stream_version, e.position, (
  SELECT string_agg(split_part(split_part(t.state, convert_from(k.quoted, 'UTF8') || '"', 2), '"', 1), '"' ORDER BY k.n)
  FROM (SELECT convert_from(e.state, 'UTF8') AS state OFFSET 0) t CROSS JOIN unnest(%(quoted)s::bytea[]) WITH ORDINALITY AS k(quoted, n)
)
FROM unnest(%(streams)s::uuid[], %(versions)s::int[]) WITH ORDINALITY AS s(id, version, n) CROSS JOIN LATERAL (
  SELECT e.stream_version, e.position, e.state
  FROM ledger.event e
  WHERE e.stream_id = s.id AND e.stream_version > s.version AND e.position <= %(position)s AND e.type = ANY(%(types)s)
    AND position(%(common)s::bytea IN e.state) > 0
    AND (%(level)s::bytea IS NULL OR position(%(level)s::bytea IN e.state) > 0)
  OFFSET 0
) e;

-- name: then_by_stream
SELECT n, key, value, position FROM found

-- name: then_by_area  Area, cell, then its sum, units that reported, that gave a number, that withhold it, and the newest
-- position. Units that count towards the same areas are summed up first: then there is one list of areas to open, and not one a unit.
SELECT p.area::int, f.key, NULL, sum(f.value), sum(f.reported)::bigint, sum(f.counted)::bigint, sum(f.withheld)::bigint, max(f.position),
       NULL::numeric, NULL::bigint
FROM (
  SELECT places, key, coalesce(sum(number), 0) AS value, count(*) FILTER (WHERE number IS NOT NULL OR value = '!none') AS reported,
         count(number) AS counted, count(*) FILTER (WHERE value = '!suppressed') AS withheld, max(position) AS position
  FROM (SELECT *, CASE WHEN value NOT LIKE '!%%' THEN value::numeric END AS number FROM found) n GROUP BY places, key
) f CROSS JOIN unnest(string_to_array(f.places, ' ')) AS p(area) GROUP BY 1, 2

-- name: then_by_area_with_rates  With a divisor: of a rate, both sums over the units that gave both parts.
{sums}
UNION ALL
SELECT p.area::int, r.top, r.bottom, coalesce(sum(r.above) FILTER (WHERE r.both), 0), count(*) FILTER (WHERE r.both),
       count(r.above) FILTER (WHERE r.both), count(*) FILTER (WHERE r.withheld), NULL,
       coalesce(sum(r.below) FILTER (WHERE r.both), 0), count(r.below) FILTER (WHERE r.both)
FROM (
  SELECT x.top, x.bottom, min(f.places) AS places,
         max(f.value::numeric) FILTER (WHERE f.key = x.top AND f.value NOT LIKE '!%%') AS above,
         max(f.value::numeric) FILTER (WHERE f.key = x.bottom AND f.value NOT LIKE '!%%') AS below,
         count(*) FILTER (WHERE f.value NOT LIKE '!%%' OR f.value = '!none') = CASE WHEN x.top = x.bottom THEN 1 ELSE 2 END AS both,
         bool_or(f.value = '!suppressed') AS withheld
  FROM unnest(%(tops)s::text[], %(bottoms)s::text[]) AS x(top, bottom) JOIN found f ON f.key IN (x.top, x.bottom)
  GROUP BY x.top, x.bottom, f.n
) r CROSS JOIN unnest(string_to_array(r.places, ' ')) AS p(area) GROUP BY 1, 2, 3;

-- name: cells_at  Every cell of one stream as of a position.
SELECT DISTINCT ON (f.key) f.key, f.value, e.position
FROM ledger.event e CROSS JOIN LATERAL jsonb_each_text(convert_from(e.state, 'UTF8')::jsonb->'figures') AS f
WHERE e.stream_id = %(stream)s AND e.position <= %(position)s AND e.type = ANY(%(types)s)
ORDER BY f.key, e.stream_version DESC;
