-- Sums over several contests.

-- name: over_contests  From `piece` (n, contest, cell_no, below: the cells of each sum, of a rate above and below its line; no cell_no: never
-- entered) and `near` (n, contest, node_no, place_no, units: areas asked for that vote on the contest, with N) one row for each sum and area, in `summed`. A sum is made of the
-- units that gave all cells that it has of them in a contest: proved by the counts where a contest is whole or has one cell,
-- else looked for unit by unit. A unit that votes on two contests is one of N in each. Everything is found by key, cell by cell: joined as
-- they are, arrays of cells without statistics would meet all figures.
piled AS MATERIALIZED (
  SELECT p.n, l.node_no, p.contest, l.units AS expected, count(*) AS cells, min(coalesce(t.reported, 0)) AS least,
         sum(t.value) FILTER (WHERE NOT p.below) AS top, coalesce(sum(t.counted) FILTER (WHERE NOT p.below), 0) AS top_counted,
         sum(t.value) FILTER (WHERE p.below) AS bottom, coalesce(sum(t.counted) FILTER (WHERE p.below), 0) AS bottom_counted,
         max(t.position) AS changed
  FROM piece p JOIN near l USING (n, contest)
  LEFT JOIN LATERAL (SELECT * FROM total_at a WHERE a.cell_no = p.cell_no AND a.place_no = l.place_no OFFSET 0) t ON true
  GROUP BY p.n, l.node_no, p.contest, l.units
), unproved AS MATERIALIZED (
  SELECT n, contest, max(cells) AS cells FROM piled WHERE cells > 1 AND least > 0 AND least < expected GROUP BY n, contest
), giver AS MATERIALIZED (
  SELECT q.n, q.contest, f.unit_no, f.kept, sum(f.value) FILTER (WHERE NOT p.below) AS top,
         count(f.value) FILTER (WHERE NOT p.below) AS top_counted, sum(f.value) FILTER (WHERE p.below) AS bottom,
         count(f.value) FILTER (WHERE p.below) AS bottom_counted
  FROM unproved q JOIN piece p USING (n, contest)
  CROSS JOIN LATERAL (SELECT * FROM counting c WHERE c.cell_no = p.cell_no OFFSET 0) f
  GROUP BY q.n, q.contest, f.unit_no, f.kept HAVING count(*) = max(q.cells)
), found AS MATERIALIZED (
  SELECT g.n, g.contest, u.node_no, sum(coalesce(h.weight, 1))::int AS units, sum(g.top) AS top, sum(g.top_counted) AS top_counted,
         sum(g.bottom) AS bottom, sum(g.bottom_counted) AS bottom_counted
  FROM giver g JOIN unit_node u USING (unit_no)
  LEFT JOIN former_weight h ON h.unit_no = g.unit_no AND h.contest = g.contest AND h.form = g.kept AND h.node_no = u.node_no
  GROUP BY g.n, g.contest, u.node_no
), hidden AS MATERIALIZED (
  SELECT s.n, u.node_no, count(*)::int AS units
  FROM (SELECT DISTINCT p.n, p.contest, f.unit_no FROM piece p JOIN kept_cell k USING (cell_no)
        CROSS JOIN LATERAL (SELECT a.unit_no FROM figure a WHERE a.absence = 'suppressed' AND a.cell_no = p.cell_no OFFSET 0) f
        WHERE NOT EXISTS (SELECT FROM former_unit g WHERE g.unit_no = f.unit_no AND g.contest = k.contest AND g.form = k.kept AND NOT g.reports AND NOT (
      g.of_n AND NOT EXISTS (SELECT FROM figure o WHERE o.cell_no = p.cell_no AND o.unit_no = ANY(g.whole_nos) AND o.absence IS DISTINCT FROM 'not_reported')))) s
  JOIN unit_node u USING (unit_no) GROUP BY s.n, u.node_no
), settled AS (
  SELECT p.n, p.node_no, p.contest, p.expected, p.changed,
         CASE WHEN p.cells = 1 OR p.least = p.expected THEN p.least ELSE coalesce(f.units, 0) END AS units,
         CASE WHEN p.cells = 1 OR p.least = p.expected THEN p.top ELSE f.top END AS top,
         CASE WHEN p.cells = 1 OR p.least = p.expected THEN p.top_counted ELSE coalesce(f.top_counted, 0) END AS top_counted,
         CASE WHEN p.cells = 1 OR p.least = p.expected THEN p.bottom ELSE f.bottom END AS bottom,
         CASE WHEN p.cells = 1 OR p.least = p.expected THEN p.bottom_counted ELSE coalesce(f.bottom_counted, 0) END AS bottom_counted
  FROM piled p LEFT JOIN found f ON f.n = p.n AND f.contest = p.contest AND f.node_no = p.node_no AND p.least > 0
), summed AS MATERIALIZED (
  SELECT s.n, s.node_no, coalesce(sum(s.top), 0) AS top, sum(s.top_counted)::int AS top_counted, coalesce(sum(s.bottom), 0) AS bottom,
         sum(s.bottom_counted)::int AS bottom_counted, sum(s.units)::int AS units, sum(s.expected)::int AS expected,
         count(*)::int AS contests, count(*) FILTER (WHERE s.units = s.expected)::int AS contests_whole,
         coalesce(max(h.units), 0)::int AS withheld, max(s.changed) AS changed
  FROM settled s LEFT JOIN hidden h ON h.n = s.n AND h.node_no = s.node_no
  GROUP BY s.n, s.node_no
)

-- name: slot_at  Every cell of some contests of a slot in every stream as of a position.
SELECT DISTINCT ON (s.n, f.key) s.n, f.key, f.value
FROM unnest(%(streams)s::uuid[]) WITH ORDINALITY AS s(id, n)
JOIN ledger.event e ON e.stream_id = s.id AND e.position <= %(position)s AND e.type = ANY(%(types)s)
CROSS JOIN LATERAL jsonb_each_text(convert_from(e.state, 'UTF8')::jsonb->'figures') AS f
WHERE (%(level)s::bytea IS NULL OR position(%(level)s::bytea IN e.state) > 0) AND f.key = ANY(%(keys)s)
ORDER BY s.n, f.key, e.stream_version DESC;

-- name: contest_sums  One row for each area and sum asked for; an area in which none of its contests is voted on has none. Of the
-- cells of a contest those count that somebody entered: a party's own, else those of the people on its list.
WITH asked AS MATERIALIZED (
  SELECT * FROM unnest(%(items)s::text[], %(choices)s::text[], %(choice_names)s::text[], %(identities)s::text[], %(rates)s::bool[], %(decimals)s::int[],
                       %(roundings)s::text[], %(progress)s::bool[])
    WITH ORDINALITY AS w(item, choice, choice_name, identity, is_rate, decimals, rounding, progress, n)
), piece AS MATERIALIZED (
  SELECT n, contest, below, cell_no
  FROM (
    SELECT p.n, p.contest, p.below, p.listed, c.cell_no,
           bool_and(p.listed) FILTER (WHERE c.cell_no IS NOT NULL) OVER (PARTITION BY p.n, p.contest, p.below) AS only_listed
    FROM unnest(%(p_n)s::bigint[], %(p_contest)s::text[], %(p_key)s::text[], %(p_below)s::bool[], %(p_listed)s::bool[])
      AS p(n, contest, key, below, listed)
    LEFT JOIN cell c ON (c.election_no, c.form, c.slot, c.layer, c.key) = (%(election_no)s, %(form)s, %(slot)s, %(layer)s, p.key)
  ) entered
  WHERE only_listed IS NULL OR (cell_no IS NOT NULL AND listed = only_listed)
), voting AS MATERIALIZED (
  SELECT d.node_no, d.place_no, d.code, x.contest, x.units
  FROM node d CROSS JOIN LATERAL (SELECT e.contest, e.units FROM expected e WHERE e.node_no = d.node_no AND e.form = %(kept)s OFFSET 0) x
  WHERE d.election_no = %(election_no)s AND d.geography = %(geography)s
    AND (%(level)s::text IS NULL OR d.level = %(level)s)
    AND (%(areas)s::text[] IS NULL OR d.code = ANY(%(areas)s))
), place AS MATERIALIZED (
  SELECT DISTINCT v.code, p.n, v.node_no FROM piece p JOIN voting v USING (contest)
  WHERE %(after_code)s::text IS NULL OR (v.code, p.n) > (%(after_code)s, %(after_n)s::bigint)
  ORDER BY v.code, p.n
  LIMIT %(limit)s
), near AS MATERIALIZED (
  SELECT k.n, v.contest, v.node_no, v.place_no, v.units
  FROM place k JOIN voting v USING (node_no) JOIN (SELECT DISTINCT n, contest FROM piece) p ON p.n = k.n AND p.contest = v.contest
), {over_contests}, row AS (
  SELECT d.geography, d.code, d.official_code, d.name, d.name_en, d.level, w.n, w.item, %(breakdown)s::text AS breakdown, w.choice, w.choice_name,
         w.identity,
         CASE WHEN NOT w.is_rate THEN CASE WHEN s.top_counted > 0 THEN trim_scale(s.top)::text END
              WHEN s.top_counted > 0 AND s.bottom_counted > 0 AND s.bottom <> 0 AND (NOT w.progress OR s.units = s.expected)
              THEN ({percent})::text END AS value,
         s.units AS reported, s.expected, s.withheld, s.contests_whole AS contests_reported, s.contests AS contests_expected,
         CASE WHEN w.is_rate AND s.top_counted > 0 THEN trim_scale(s.top)::text END AS numerator,
         CASE WHEN w.is_rate AND s.bottom_counted > 0 THEN trim_scale(s.bottom)::text END AS denominator, s.changed
  FROM summed s JOIN node d USING (node_no) JOIN asked w USING (n)
  ORDER BY d.code, w.n
)
{answer};

-- name: by_hash  Arrays and CTEs have no statistics: joined row by row, thousands of cells would meet thousands of areas.
SELECT set_config('enable_nestloop', %(nested)s, true);
