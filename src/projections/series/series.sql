-- Figures over elections. search_path = the live views_vN. {…}: blocks of this file.

-- name: cells_of  Which of these cells there are (something was entered in them once).
SELECT w.n, c.cell_no
FROM unnest(%(election_nos)s::int[], %(forms)s::text[], %(slots)s::text[], %(keys)s::text[]) WITH ORDINALITY
  AS w(election_no, form, slot, key, n)
JOIN cell c ON (c.election_no, c.form, c.slot, c.key) = (w.election_no, w.form, w.slot, w.key);

-- name: places_missing  Areas and levels that none of the elections has. LIMIT: the first one found is enough.
SELECT 'area', w.code FROM unnest(%(areas)s::text[]) AS w(code)
WHERE (SELECT true FROM node n WHERE n.election_no = ANY(%(election_nos)s::int[]) AND n.geography = %(geography)s AND n.code = w.code
       LIMIT 1) IS NULL
UNION ALL
SELECT 'level', w.code FROM unnest(%(levels)s::text[]) AS w(code)
WHERE (SELECT true FROM node n WHERE n.election_no = ANY(%(election_nos)s::int[]) AND n.geography = %(geography)s AND n.level = w.code
       LIMIT 1) IS NULL;

-- name: lineage_events  What a registry's lineage is made of, without reading it.
SELECT e.position, e.command_id FROM ledger.event e
WHERE e.stream_id = %(stream)s AND e.position <= %(position)s ORDER BY e.stream_version;

-- name: lineage_states
SELECT e.position, e.stream_id, e.stream_version, e.recorded_at, e.command_id, e.type, e.type_version, e.state
FROM ledger.event e WHERE e.stream_id = %(stream)s AND e.position <= %(position)s ORDER BY e.stream_version;

-- name: disputed_units  Units with a declared difference that was open at a position.
SELECT DISTINCT c.election_no, c.form, c.slot, u.code
FROM discrepancy d JOIN return_case c USING (stream_id) JOIN unit u USING (unit_no)
WHERE c.election_no = ANY(%(election_nos)s) AND d.declared_at <= %(position)s
  AND (d.closed_at IS NULL OR d.closed_at > %(position)s);

-- name: sampled_units  Units whose return rested on a sample or an estimate at a position.
SELECT DISTINCT c.election_no, c.form, c.slot, u.code
FROM return_method m JOIN return_case c USING (stream_id) JOIN unit u USING (unit_no)
WHERE c.election_no = ANY(%(election_nos)s) AND m.since <= %(position)s AND (m.until IS NULL OR m.until > %(position)s);

-- name: plan_by_hash  Arrays and CTEs have no statistics: joined row by row, thousands of shares would meet thousands of figures.
SELECT set_config('enable_nestloop', %(nested)s, true);

-- name: series  One row for each wanted cell and area, with the election before it on its line (see `lines`; `made_of`:
-- the areas of then whose figures it is made of). A rate is made of the units
-- that gave both parts; a progress of all units of the area, and never rounded to an end that it has not reached (`rate`
-- in domain/figures). A sum that lacks units is P, one that lacks withheld figures Q, and neither has a difference. B: first
-- after a break, see `breaks`. L, M, O, Q: why there is no number.
WITH wanted AS MATERIALIZED (
  SELECT * FROM unnest(
    %(election_nos)s::int[], %(elections)s::text[], %(days)s::date[], %(registries)s::text[], %(kinds)s::text[],
    %(contests)s::text[], %(items)s::text[], %(choices)s::text[], %(choice_names)s::text[], %(identities)s::text[], %(series)s::text[], %(forms)s::text[], %(slots)s::text[],
    %(cells)s::int[], %(divisors)s::int[], %(rates)s::bool[], %(decimals)s::int[], %(roundings)s::text[], %(progress)s::bool[], %(definitions)s::int[], %(lines)s::int[], %(runs)s::int[], %(bases)s::int[],
    %(provisional)s::bool[], %(sampled)s::bool[], %(conf)s::text[], %(sources)s::text[], %(tails)s::text[]
  ) WITH ORDINALITY AS w(election_no, election, day, registry, kind, contest, item, choice, choice_name, identity, series, form, slot, cell_no, divisor_no,
    is_rate, decimals, rounding, progress, definition, line, run, basis, provisional, sampled, conf, source, tail, n)
), declared AS MATERIALIZED (
  SELECT * FROM unnest(%(d_series)s::text[], %(d_area)s::text[], %(d_day)s::date[]) AS d(series, area, day)
), moved AS MATERIALIZED (
  SELECT m.registry, m.area, array_agg(m.day) AS days
  FROM unnest(%(m_registry)s::text[], %(m_area)s::text[], %(m_day)s::date[]) AS m(registry, area, day) GROUP BY 1, 2
), base AS MATERIALIZED (
  {base}
), shaped AS (
  {shape}
), counted AS (
  SELECT s.*, w.*, m.days AS moves,
    CASE WHEN s.unknown THEN NULL
         WHEN NOT w.is_rate THEN CASE WHEN s.counted > 0 THEN trim_scale(s.top) END
         WHEN s.counted > 0 AND s.below_counted > 0 AND s.bottom <> 0 AND (NOT w.progress OR s.reported = s.expected) THEN {percent}
    END AS number,
    CASE WHEN w.is_rate OR s.unknown OR s.counted > 0 THEN NULL ELSE s.absence END AS absent,
    NOT s.unknown AND s.reported = s.expected AS whole,
    w.is_rate AND NOT s.unknown AND s.reported = s.expected AND (s.counted = 0 OR s.below_counted = 0 OR s.bottom = 0) AS of_nothing,
    coalesce(x.id, '') AS erratum
  FROM shaped s JOIN wanted w USING (n) LEFT JOIN moved m ON m.registry = w.registry AND m.area = s.code
  LEFT JOIN unnest(%(x_n)s::bigint[], %(x_area)s::text[], %(x_id)s::text[]) AS x(place, area, id) ON x.place = w.n AND x.area = s.code
), placed AS (
  SELECT c.*, lag(c.election) OVER before AS previous_election, lag(c.contest) OVER before AS previous_contest,
         lag(c.made_of) OVER before AS previous_areas, lag(c.day) OVER before AS previous_day,
         lag(c.number) OVER before AS previous_number, lag(c.run) OVER before AS previous_run,
         lag(c.whole) OVER before AS previous_whole, lag(c.top) OVER before AS previous_top, lag(c.bottom) OVER before AS previous_bottom,
         lag(c.basis) OVER before AS previous_basis, lag(c.method) OVER before AS previous_method
  FROM counted c
  WINDOW before AS (PARTITION BY c.line, c.code COLLATE "C" ORDER BY c.day, c.election COLLATE "C")
), marked AS (
  SELECT p.*, p.previous_day IS NOT NULL AND (
      p.run <> p.previous_run OR {broken}
      OR EXISTS (SELECT FROM declared b
                 WHERE b.series = p.series AND b.day > p.previous_day AND b.day <= p.day AND (b.area = '%%' OR p.code SIMILAR TO b.area))
    ) AS first_after
  FROM placed p
  WHERE %(since)s::date IS NULL OR p.day >= %(since)s
), row AS (
  SELECT m.election, m.day AS date, m.code AS area, m.name, m.name_en, m.level, m.kind AS election_kind, m.contest, m.item,
    %(breakdown)s::text AS breakdown, m.choice, m.choice_name, m.identity,
    m.number::text AS value, m.absent AS absence,
    string_to_array(coalesce(nullif(concat(
      CASE WHEN m.first_after THEN 'B' WHEN m.basis <> m.previous_basis THEN 'D' END,
      CASE WHEN m.sampled OR m.partly OR (m.estimated AND m.number IS NOT NULL) THEN 'E' END,
      CASE WHEN m.absent = 'not_reported' THEN 'L' END,
      CASE WHEN m.absent = 'none' OR m.of_nothing THEN 'M' END,
      CASE WHEN m.number IS NULL AND m.absent IS NULL AND NOT m.of_nothing AND (m.withheld = 0 OR m.reported + m.withheld < m.expected) THEN 'O' END,
      CASE WHEN m.provisional OR (m.number IS NOT NULL AND m.reported + m.withheld < m.expected) THEN 'P' END,
      CASE WHEN m.absent = 'suppressed' OR m.withheld > 0 THEN 'Q' END,
      CASE WHEN m.disputed THEN 'U' END), ''), 'A'), NULL) AS obs_status,
    CASE WHEN m.absent = 'suppressed' OR (m.number IS NULL AND m.withheld > 0) THEN 'N' ELSE m.conf END AS conf_status, m.reported AS coverage_reported, m.expected AS coverage_expected, m.withheld AS coverage_withheld, m.reported || '/' || m.expected AS coverage,
    m.definition, m.previous_election, m.previous_contest, m.previous_areas, m.previous_number::text AS previous_value,
    CASE WHEN NOT (m.whole AND m.previous_whole) OR m.number IS NULL OR m.previous_number IS NULL THEN NULL
         WHEN m.is_rate THEN ({percent_difference})::text
         ELSE trim_scale(m.number - m.previous_number)::text END AS difference,
    CASE WHEN m.first_after THEN m.previous_number::text END AS pre_break_value,
    CASE WHEN m.is_rate AND NOT m.unknown AND m.counted > 0 THEN trim_scale(m.top)::text END AS numerator,
    CASE WHEN m.is_rate AND NOT m.unknown AND m.below_counted > 0 THEN trim_scale(m.bottom)::text END AS denominator,
    m.method, concat_ws('; ', nullif(m.source, ''), nullif(m.share_source, '')) AS source,
    m.erratum,
    %(position)s::bigint AS position, %(boundaries)s::text AS boundaries,
    %(head)s::text || replace(m.code, '+', '%%2B') || m.tail AS citation, m.series
  FROM marked m
  WHERE %(after)s::text[] IS NULL
     OR (m.series COLLATE "C", m.code COLLATE "C", m.day, m.election COLLATE "C")
        > ((%(after)s::text[])[1], (%(after)s::text[])[2], (%(after)s::text[])[3]::date, (%(after)s::text[])[4])
  ORDER BY m.series COLLATE "C", m.code COLLATE "C", m.day, m.election COLLATE "C"
  LIMIT %(limit)s
)
{answer};

-- name: base_live  Sums and figures of the nodes, each found by its key: joined as they are, all cells' would be read. A place
-- below 0 is a unit's. Of a rate: both sums over the units that gave both parts.
WITH stated AS MATERIALIZED (
SELECT w.n, w.cell_no, w.divisor_no, w.is_rate, n.node_no, n.place_no, n.code, n.name, n.name_en, n.level, n.is_unit,
       coalesce(t.value, f.value) AS top, f.absence,
       coalesce(t.reported, f.reported, 0) AS top_reported, coalesce(t.counted, f.counted, 0) AS top_counted,
       coalesce(u.value, g.value) AS bottom,
       coalesce(u.reported, g.reported, 0) AS bottom_reported, coalesce(u.counted, g.counted, 0) AS bottom_counted,
       x.units AS expected, o.node_no IS NOT NULL AS disputed, e.node_no IS NOT NULL AS partly
FROM wanted w
JOIN node n ON n.election_no = w.election_no AND n.geography = %(geography)s AND {nodes}
JOIN expected x ON x.node_no = n.node_no AND x.contest = w.contest
LEFT JOIN (SELECT * FROM area_total WHERE cell_no = ANY(%(cells)s::int[])) t ON t.cell_no = w.cell_no AND t.node_no = n.place_no
LEFT JOIN LATERAL (SELECT a.value, a.absence, (a.absence IS NULL OR a.absence = 'none')::int AS reported, (a.value IS NOT NULL)::int AS counted
                   FROM figure a WHERE a.cell_no = w.cell_no AND a.unit_no = n.place_no AND n.place_no < 0 LIMIT 1) f ON true
LEFT JOIN (SELECT * FROM area_total WHERE cell_no = ANY(%(divisors)s::int[])) u ON u.cell_no = w.divisor_no AND u.node_no = n.place_no
LEFT JOIN LATERAL (SELECT a.value, (a.absence IS NULL OR a.absence = 'none')::int AS reported, (a.value IS NOT NULL)::int AS counted
                   FROM figure a WHERE a.cell_no = w.divisor_no AND a.unit_no = n.place_no AND n.place_no < 0 LIMIT 1) g ON true
LEFT JOIN (
  SELECT DISTINCT p.node_no, c.form, c.slot FROM discrepancy d JOIN return_case c USING (stream_id) JOIN unit_node p USING (unit_no)
  WHERE d.closed_at IS NULL AND c.election_no = ANY(%(election_nos)s)
) o ON o.node_no = n.node_no AND o.form = w.form AND o.slot = w.slot
LEFT JOIN (
  SELECT DISTINCT p.node_no, f.cell_no FROM return_method m JOIN return_case c USING (stream_id) JOIN unit_node p USING (unit_no)
  JOIN figure f ON f.unit_no = c.unit_no AND f.cell_no = ANY(%(cells)s::int[])
  JOIN cell k ON k.cell_no = f.cell_no AND k.election_no = c.election_no AND k.form = c.form AND split_part(k.slot, '@', 1) = c.slot
  WHERE m.until IS NULL AND c.election_no = ANY(%(election_nos)s)
) e ON e.node_no = n.node_no AND e.cell_no = w.cell_no
), {one_sided}, {withheld}
SELECT s.n, s.code, s.name, s.name_en, s.level, s.is_unit, CASE WHEN s.is_rate THEN p.top ELSE s.top END AS top, s.absence,
       CASE WHEN s.is_rate THEN p.units ELSE s.top_reported END AS reported,
       CASE WHEN s.is_rate THEN p.top_counted ELSE s.top_counted END AS counted,
       p.bottom, p.bottom_counted AS below_counted, s.expected, coalesce(h.units, 0)::int AS withheld, s.disputed, s.partly
FROM stated s
LEFT JOIN one_sided o ON o.n = s.n AND o.node_no = s.node_no
LEFT JOIN withheld h ON h.n = s.n AND h.node_no = s.node_no
CROSS JOIN LATERAL (SELECT {paired}) p

-- name: base_given  The same, read from the log as of a position.
SELECT * FROM unnest(
  %(b_n)s::bigint[], %(b_code)s::text[], %(b_name)s::text[], %(b_name_en)s::text[], %(b_level)s::text[], %(b_is_unit)s::bool[],
  %(b_top)s::numeric[], %(b_absence)s::text[], %(b_reported)s::int[], %(b_counted)s::int[],
  %(b_bottom)s::numeric[], %(b_below_counted)s::int[], %(b_expected)s::int[], %(b_withheld)s::int[], %(b_disputed)s::bool[],
  %(b_partly)s::bool[]
) AS g(n, code, name, name_en, level, is_unit, top, absence, reported, counted, bottom, below_counted, expected, withheld, disputed, partly)

-- name: nodes_as_reported
(%(areas)s::text[] IS NULL OR n.code = ANY(%(areas)s)) AND (%(levels)s::text[] IS NULL OR n.level = ANY(%(levels)s))

-- name: nodes_to_rebase  The smallest areas, those asked for, and what leads into them by a lineage of the geography's own (of a
-- registry's lineage only the smallest: a city and its wards lead into the same).
(n.is_unit OR n.code = ANY(%(areas)s) OR n.level = ANY(%(levels)s) OR n.code = ANY(%(peers)s))

-- name: as_reported
SELECT b.n, b.code, b.code AS made_of, b.name, b.name_en, b.level, b.top, b.bottom, b.counted, b.below_counted,
       b.reported, b.expected, b.withheld,
       CASE WHEN b.absence IS NULL AND b.reported = b.expected THEN 'none' ELSE b.absence END AS absence,
       false AS unknown, false AS estimated, '' AS method, '' AS share_source, b.disputed, b.partly
FROM base b

-- name: rebased  Every part of every target; parts that were never reported count in N only. Codes the lineage does not
-- have (prefectures, the nation) stand for themselves.
SELECT p.n, p.code, string_agg(p.of_area, ';' ORDER BY p.of_area COLLATE "C") FILTER (WHERE p.there) AS made_of,
       coalesce(max(z.name), max(p.name)) AS name, max(p.name_en) AS name_en, coalesce(max(z.level), max(p.level)) AS level,
       sum(p.weight * p.top) AS top, sum(p.weight * p.bottom) AS bottom,
       coalesce(sum(p.counted), 0)::int AS counted, coalesce(sum(p.below_counted), 0)::int AS below_counted,
       CASE WHEN bool_or(p.weight IS NULL) THEN 0
            ELSE coalesce(sum(p.reported), 0) END::int AS reported,
       sum(coalesce(p.expected, 1))::int AS expected, coalesce(sum(p.withheld), 0)::int AS withheld,
       CASE WHEN bool_or(p.absence = 'suppressed') THEN 'suppressed' WHEN bool_or(p.absence = 'not_reported') THEN 'not_reported'
            WHEN sum(p.reported) = sum(coalesce(p.expected, 1)) THEN 'none' END AS absence,
       coalesce(bool_or(p.weight IS NULL) FILTER (WHERE p.there), false) AS unknown,
       coalesce(bool_or(NOT p.exact) FILTER (WHERE p.there), false) AS estimated,
       coalesce(string_agg(DISTINCT nullif(p.method, ''), '; ') FILTER (WHERE p.there), '') AS method,
       coalesce(string_agg(DISTINCT nullif(p.share_source, ''), '; ') FILTER (WHERE p.there), '') AS share_source,
       coalesce(bool_or(p.disputed), false) AS disputed, coalesce(bool_or(p.partly), false) AS partly
FROM (
  SELECT w.n, l.of_area, l.into_area AS code, l.weight, l.exact, l.method, l.share_source, b.n IS NOT NULL AS there,
         b.name, b.name_en, NULL AS level, b.top, b.bottom, b.counted, b.below_counted, b.reported, b.expected, b.withheld,
         b.absence, b.disputed, b.partly
  FROM wanted w
  JOIN unnest(%(l_registry)s::text[], %(l_of)s::text[], %(l_begins)s::date[], %(l_ends)s::date[], %(l_into)s::text[],
              %(l_weight)s::numeric[], %(l_exact)s::bool[], %(l_method)s::text[], %(l_source)s::text[])
    AS l(registry, of_area, begins, ends, into_area, weight, exact, method, share_source)
    ON l.registry = w.registry AND w.day >= l.begins AND w.day < l.ends
  LEFT JOIN base b ON b.n = w.n AND b.code = l.of_area
  UNION ALL
  SELECT b.n, b.code, b.code, 1, true, '', '', true, b.name, b.name_en, b.level, b.top, b.bottom, b.counted, b.below_counted, b.reported,
         b.expected, b.withheld, b.absence, b.disputed, b.partly
  FROM base b JOIN wanted w USING (n)
  WHERE NOT EXISTS (SELECT FROM unnest(%(k_registry)s::text[], %(k_code)s::text[]) AS k(registry, code)
                    WHERE k.registry = w.registry AND k.code = b.code)
    AND (%(areas)s::text[] IS NULL OR b.code = ANY(%(areas)s)) AND (%(levels)s::text[] IS NULL OR b.level = ANY(%(levels)s))
) p
LEFT JOIN unnest(%(z_code)s::text[], %(z_name)s::text[], %(z_level)s::text[]) AS z(code, name, level) ON z.code = p.code
GROUP BY p.n, p.code
HAVING bool_or(p.there)

-- name: broken_as_reported  Land moved in or out since the election before.
(p.moves IS NOT NULL AND EXISTS (SELECT FROM unnest(p.moves) AS b(day) WHERE b.day > p.previous_day AND b.day <= p.day))

-- name: broken_rebased  One side is an estimate and the other is not.
(p.method = '') <> (p.previous_method = '')

-- name: answer_rows
SELECT {columns} FROM row

-- name: answer_json
SELECT coalesce(json_agg(made), '[]')::text FROM (SELECT {columns} FROM row) AS made
