-- Figures over elections. search_path = the live views_vN. {…}: blocks of this file.

-- name: cells_of  Which of these cells there are (something was entered in them once).
SELECT w.n, c.cell_no
FROM unnest(%(election_nos)s::int[], %(forms)s::text[], %(slots)s::text[], %(layers)s::text[], %(keys)s::text[]) WITH ORDINALITY
  AS w(election_no, form, slot, layer, key, n)
JOIN cell c ON (c.election_no, c.form, c.slot, c.layer, c.key) = (w.election_no, w.form, w.slot, w.layer, w.key);

-- name: places_missing  Areas and levels that none of the elections has. LIMIT: the first one found is enough.
SELECT 'area', w.code FROM unnest(%(areas)s::text[]) AS w(code)
WHERE (SELECT true FROM node n WHERE n.election_no = ANY(%(election_nos)s::int[]) AND n.geography = %(geography)s AND n.code = w.code
       LIMIT 1) IS NULL
UNION ALL
SELECT 'level', w.code FROM unnest(%(levels)s::text[]) AS w(code)
WHERE (SELECT true FROM node n WHERE n.election_no = ANY(%(election_nos)s::int[]) AND n.geography = %(geography)s AND n.level = w.code
       LIMIT 1) IS NULL;

-- name: levels_there  What a level may be called in these elections.
SELECT DISTINCT n.level FROM node n WHERE n.election_no = ANY(%(election_nos)s::int[]) AND n.geography = %(geography)s;

-- name: areas_there  Areas of these elections, for whoever named none of them.
SELECT DISTINCT n.code FROM node n WHERE n.election_no = ANY(%(election_nos)s::int[]) AND n.geography = %(geography)s;

-- name: official_keys  Areas that these codes were given by the authorities, where no area has one as its key: those of the
-- elections, and of them those that had it on a day, where there is one. With the first and last polling day of each. Codes that are
-- keys throughout are left out first: most are, and the elections' areas are not read for them.
SELECT w.code, n.code, min(n.name), min(e.polling_date)::text, max(e.polling_date)::text
FROM (SELECT a.code FROM unnest(%(areas)s::text[]) AS a(code)
      WHERE EXISTS (SELECT FROM election e WHERE e.election_no = ANY(%(election_nos)s::int[])
                    AND NOT EXISTS (SELECT FROM area k WHERE k.registry = e.registry AND k.geography = %(geography)s AND k.code = a.code)) OFFSET 0) AS w
JOIN node n ON n.official_code = w.code AND n.geography = %(geography)s AND n.election_no = ANY(%(election_nos)s::int[])
JOIN election e USING (election_no)
WHERE NOT EXISTS (SELECT FROM area a WHERE a.registry = e.registry AND a.geography = n.geography AND a.code = w.code)
  AND (%(day)s::date IS NULL OR EXISTS (
    SELECT FROM area a WHERE a.registry = e.registry AND a.geography = n.geography AND a.code = n.code AND a.official_code = w.code
      AND a.valid_from <= %(day)s::date AND (a.valid_to IS NULL OR a.valid_to > %(day)s::date)))
GROUP BY 1, 2 ORDER BY 3;

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

-- name: sampled_units  Units whose figures rested on a sample or an estimate at a position, in which layer of a slot.
SELECT DISTINCT c.election_no, c.form, c.slot, m.layer, u.code
FROM return_method m JOIN return_case c USING (stream_id) JOIN unit u USING (unit_no)
WHERE c.election_no = ANY(%(election_nos)s) AND m.since <= %(position)s AND (m.until IS NULL OR m.until > %(position)s);

-- name: plan_by_hash  Arrays and CTEs have no statistics: joined row by row, thousands of shares would meet
-- thousands of figures; to be merged, they would be sorted for each join.
SELECT set_config('enable_nestloop', %(others)s, true), set_config('enable_mergejoin', %(others)s, true);

-- name: redefined_since  Of each election: whether it was defined at a position, and whether its definition or its areas moved after it.
SELECT s.n, EXISTS (SELECT FROM ledger.event e WHERE e.stream_id = s.stream AND e.position <= %(position)s),
  EXISTS (SELECT FROM ledger.event e WHERE e.stream_id IN (s.stream, s.areas) AND e.position > %(position)s AND e.position <= %(upto)s)
FROM unnest(%(streams)s::uuid[], %(areas)s::uuid[]) WITH ORDINALITY AS s(stream, areas, n);

-- name: moved_since  Slots of which a return moved after a position that is near the end: from what was recorded since.
SELECT DISTINCT r.election_no, r.form, r.slot FROM ledger.event e JOIN return r USING (stream_id)
WHERE e.position > %(position)s AND e.position <= %(upto)s
UNION SELECT election_no, form, slot FROM release WHERE position > %(position)s;

-- name: moved_since_long  The same of one far back: from the returns.
SELECT DISTINCT election_no, form, slot FROM return WHERE last_position > %(position)s
UNION SELECT election_no, form, slot FROM release WHERE position > %(position)s;

-- name: amid_a_command  Whether a position lies between two events of one command: what releases make public follows the release.
SELECT count(*) = 2 AND min(command_id::text) = max(command_id::text) FROM ledger.event WHERE position IN (%(position)s, %(position)s::bigint + 1);

-- name: figures_of_slot  What cells of a slot hold now, and since when.
SELECT u.code, c.key, coalesce(f.value::text, '!' || f.absence), f.position
FROM cell c JOIN figure f USING (cell_no) JOIN unit u USING (unit_no)
WHERE c.election_no = %(election_no)s AND c.form = %(form)s AND c.slot = %(slot)s AND c.layer = %(layer)s AND c.key = ANY(%(keys)s::text[]);

-- name: area_sizes  How many areas that are asked for vote on each contest.
SELECT n.election_no, x.contest, count(*)
FROM node n JOIN expected x USING (node_no)
WHERE n.election_no = ANY(%(election_nos)s::int[]) AND n.geography = %(geography)s AND x.contest = ANY(%(contests)s::text[]) AND x.form = ''
  AND (%(areas)s::text[] IS NULL OR n.code = ANY(%(areas)s)) AND (%(levels)s::text[] IS NULL OR n.level = ANY(%(levels)s))
GROUP BY 1, 2;

-- name: area_codes  Which these are, by any form.
SELECT DISTINCT n.code
FROM node n JOIN expected x USING (node_no)
WHERE n.election_no = ANY(%(election_nos)s::int[]) AND n.geography = %(geography)s AND x.contest = ANY(%(contests)s::text[])
  AND (%(areas)s::text[] IS NULL OR n.code = ANY(%(areas)s)) AND (%(levels)s::text[] IS NULL OR n.level = ANY(%(levels)s));

-- name: series  One row for each wanted cell and area, with the election before it (see `lines`): `link` says which figures
-- of then, under which code and by which share, are this area's, several where areas or contests became one; `made_of`: the
-- areas a figure is made of. A rate is made of the units
-- that gave both parts; a progress of all units of the area, and never rounded to an end that it has not reached (`rate`
-- in domain/figures). A sum that lacks units is P, one that lacks withheld figures Q, and neither has a difference. B: first
-- after a break, see `breaks`. L, M, O, Q: why there is no number. `n` numbers all that is wanted; here stand those that this
-- part of the series needs, and of the areas `codes` (null: all) are shown, `reads` read. `stands`: read from the views.
WITH wanted AS MATERIALIZED (
  SELECT * FROM unnest(
    %(ns)s::bigint[], %(stands)s::bool[], %(election_nos)s::int[], %(elections)s::text[], %(days)s::date[], %(registries)s::text[], %(kinds)s::text[],
    %(contests)s::text[], %(items)s::text[], %(choices)s::text[], %(choice_names)s::text[], %(identities)s::text[], %(series)s::text[], %(forms)s::text[], %(slots)s::text[],
    %(cells)s::int[], %(divisors)s::int[], %(rates)s::bool[], %(decimals)s::int[], %(roundings)s::text[], %(progress)s::bool[], %(definitions)s::int[], %(lines)s::int[], %(before_days)s::date[], %(runs)s::int[], %(bases)s::int[], %(wished)s::bool[],
    %(series_at)s::int[], %(turns)s::int[], %(provisional)s::bool[], %(sampled)s::bool[], %(conf)s::text[], %(sources)s::text[], %(tails)s::text[]
  ) AS w(n, stands, election_no, election, day, registry, kind, contest, item, choice, choice_name, identity, series, form, slot, cell_no, divisor_no,
    is_rate, decimals, rounding, progress, definition, line, before_day, run, basis, wished, series_at, turn, provisional, sampled, conf, source, tail)
), standing AS MATERIALIZED (
  SELECT w.*, coalesce(k.form, '') AS kept FROM wanted w LEFT JOIN kept_form k USING (election_no, form) WHERE w.stands
), declared AS MATERIALIZED (
  SELECT * FROM unnest(%(d_series)s::text[], %(d_area)s::text[], %(d_day)s::date[]) AS d(series, area, day)
), moved AS MATERIALIZED (
  SELECT m.registry, m.area, array_agg(m.day) AS days
  FROM unnest(%(m_registry)s::text[], %(m_area)s::text[], %(m_day)s::date[]) AS m(registry, area, day) GROUP BY 1, 2
), base AS (
  {base}
), {parts}shaped AS (
  {shape}
), counted AS (
  SELECT s.*, w.election, w.day, w.registry, w.kind, w.contest, w.item, w.choice, w.choice_name, w.identity, w.series, w.is_rate, w.decimals,
    w.rounding, w.progress, w.definition, w.line, w.before_day, w.run, w.basis, w.wished, w.series_at, w.turn, w.provisional, w.sampled, w.conf, w.source, w.tail,
    w.election_no, {moves} AS moves,
    CASE WHEN s.unknown THEN NULL
         WHEN NOT w.is_rate THEN CASE WHEN s.counted > 0 THEN trim_scale(s.top) END
         WHEN s.counted > 0 AND s.below_counted > 0 AND s.bottom <> 0 AND (NOT w.progress OR s.reported = s.expected) THEN {percent}
    END AS number,
    CASE WHEN w.is_rate OR s.unknown OR s.counted > 0 THEN NULL ELSE s.absence END AS absent,
    NOT s.unknown AND s.reported = s.expected AS whole,
    w.is_rate AND NOT s.unknown AND s.reported = s.expected AND (s.counted = 0 OR s.below_counted = 0 OR s.bottom = 0) AS of_nothing,
    {erratum} AS erratum
  FROM shaped s JOIN wanted w USING (n) {moves_join} {errata_join}
), {before}, marked AS (
  SELECT p.*, {broken}
      OR (p.previous_day IS NOT NULL AND (
        p.run <> p.previous_run
        OR EXISTS (SELECT FROM declared b
                   WHERE b.series = p.series AND b.day > p.previous_day AND b.day <= p.day AND (b.area = '%%' OR p.code SIMILAR TO b.area)))
    ) AS first_after
  FROM placed p
  WHERE p.asked AND p.wished AND (%(since)s::date IS NULL OR p.day >= %(since)s)
){compared}{ranked}, observation AS (
  SELECT m.series_at, m.turn, m.code COLLATE "C" AS sorted_code, m.election, m.day AS date, m.code AS area, m.official_code, m.name, m.name_en, m.level, m.kind AS election_kind, m.contest, m.item,
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
    m.definition, {previous_election} AS previous_election, {previous_contest} AS previous_contest, m.previous_areas, m.previous_basis_of AS previous_basis,
    nullif(m.share_method, '') AS previous_method, m.previous_number::text AS previous_value,
    CASE WHEN NOT (m.whole AND m.previous_whole) OR m.number IS NULL OR m.previous_number IS NULL THEN NULL
         WHEN m.is_rate THEN ({percent_difference})::text
         ELSE trim_scale(m.number - m.previous_number)::text END AS difference,
    CASE WHEN m.first_after THEN {pre_break}::text END AS pre_break_value, {predecessors} AS predecessors,
    {compared_columns},
    {ranked_column},
    CASE WHEN m.is_rate AND NOT m.unknown AND m.counted > 0 THEN trim_scale(m.top)::text END AS numerator,
    CASE WHEN m.is_rate AND NOT m.unknown AND m.below_counted > 0 THEN trim_scale(m.bottom)::text END AS denominator,
    m.method, concat_ws('; ', nullif(m.source, ''), nullif(m.share_source, '')) AS source,
    m.erratum,
    %(position)s::bigint AS position, %(boundaries)s::text AS boundaries,
    %(head)s::text || replace(m.code, '+', '%%2B') || m.tail AS citation, m.series
  FROM marked m {previous_join} {compared_join} {ranked_join}
  WHERE %(after)s::text[] IS NULL
     OR (m.series COLLATE "C", m.code COLLATE "C", m.day, m.election COLLATE "C")
        > ((%(after)s::text[])[1], (%(after)s::text[])[2], (%(after)s::text[])[3]::date, (%(after)s::text[])[4])
  ORDER BY m.series_at, m.code COLLATE "C", m.turn
  LIMIT %(limit)s
), row AS (  -- of what nobody asks for nothing is worked out: the election before, its shares and breaks are half of the work
  SELECT {kept} FROM observation
)
{answer};

-- name: before  What each is compared with.
came AS MATERIALIZED (
  SELECT * FROM unnest(%(f_n)s::bigint[], %(f_code)s::text[], %(f_of_n)s::bigint[], %(f_of)s::text[], %(f_weight)s::numeric[], %(f_exact)s::bool[],
    %(f_method)s::text[], %(f_parts)s::int[]) AS f(n, code, of_n, of_area, weight, exact, method, parts)
), link AS (
  SELECT o.n, o.code, o.of_n, o.code AS of_area, 1::numeric AS weight, true AS exact, '' AS method, 1 AS parts, true AS own
  FROM (SELECT n, code, lag(n) OVER (PARTITION BY line, code COLLATE "C" ORDER BY turn) AS of_n FROM counted) o
  WHERE o.of_n IS NOT NULL AND NOT EXISTS (SELECT FROM came f WHERE f.n = o.n AND f.code = o.code)
  UNION ALL
  SELECT c.n, c.code, j.of_n, c.code, 1, true, '', 1, false
  FROM counted c JOIN unnest(%(j_n)s::bigint[], %(j_of_n)s::bigint[]) AS j(n, of_n) ON j.n = c.n
  WHERE NOT EXISTS (SELECT FROM came f WHERE f.n = c.n AND f.code = c.code)
  UNION ALL
  SELECT f.n, f.code, f.of_n, f.of_area, f.weight, f.exact, f.method, f.parts, false FROM came f
), past AS (
  SELECT l.n, l.code, array_agg(DISTINCT l.of_n) AS of_ns, min(p.day) AS day, min(p.run) AS run, min(p.basis) AS basis, bool_and(l.own) AS own,
    string_agg(DISTINCT p.made_of COLLATE "C", ';' ORDER BY p.made_of COLLATE "C") AS made_of, bool_or(l.weight IS NULL) AS unknown,
    bool_and(l.exact) AS exact, coalesce(string_agg(DISTINCT nullif(l.method, ''), '; '), '') AS share_method, min(p.method) AS method, min(p.election_no) AS previous_no,
    bool_or(l.of_area <> l.code) AS recoded, bool_or(l.of_area = l.code) AS continued, count(*) > 1 AS several,
    min(p.number) FILTER (WHERE l.of_area = l.code) AS pre_number,
    min(p.number) AS number, min(p.top) AS own_top, min(p.bottom) AS own_bottom, bool_and(p.whole) AS whole,
    sum(l.weight * p.top) AS top, sum(l.weight * p.bottom) AS bottom,
    bool_or(p.number IS NULL AND p.absent IS DISTINCT FROM 'none' AND NOT p.of_nothing) AS lacking,
    bool_and(NOT p.unknown AND p.reported = p.expected - p.absent_parts) AS there,
    sum(p.parts - p.absent_parts) >= greatest(max(l.parts), max(p.parts)) AS complete
  FROM link l JOIN counted p ON p.n = l.of_n AND p.code = l.of_area
  GROUP BY l.n, l.code
), placed AS (
  SELECT c.*, b.day AS previous_day, b.run AS previous_run, b.basis AS previous_basis, b.method AS previous_method, b.of_ns,
    CASE WHEN cardinality(b.of_ns) = 1 THEN b.of_ns[1] END AS previous_n, b.previous_no,
    b.made_of AS previous_areas, b.pre_number, b.share_method, b.continued IS NOT TRUE AS is_first,
    CASE WHEN b.n IS NULL THEN NULL WHEN b.unknown THEN 'unknown_share' WHEN NOT b.exact THEN 'estimated'
         WHEN b.several OR b.recoded THEN 'rebased' ELSE 'reported' END AS previous_basis_of,
    CASE WHEN b.own THEN b.number
         WHEN b.unknown OR b.lacking OR NOT b.complete OR b.top IS NULL THEN NULL
         WHEN NOT c.is_rate THEN trim_scale(b.top)
         WHEN b.bottom <> 0 AND (NOT c.progress OR b.there) THEN {percent_previous}
    END AS previous_number,
    CASE WHEN b.own THEN b.whole ELSE b.there AND b.complete END AS previous_whole,
    CASE WHEN b.own THEN b.own_top ELSE b.top END AS previous_top, CASE WHEN b.own THEN b.own_bottom ELSE b.bottom END AS previous_bottom
  FROM counted c LEFT JOIN past b ON b.n = c.n AND b.code = c.code
)

-- name: not_before  Where nobody asks for it.
placed AS (
  SELECT c.*, NULL::date AS previous_day, NULL::int AS previous_run, NULL::int AS previous_basis, NULL::text AS previous_method, NULL::bigint[] AS of_ns,
    NULL::bigint AS previous_n, NULL::int AS previous_no, NULL::text AS previous_areas, NULL::numeric AS pre_number, NULL::text AS share_method,
    NULL::bool AS is_first, NULL::text AS previous_basis_of, NULL::numeric AS previous_number, NULL::bool AS previous_whole,
    NULL::numeric AS previous_top, NULL::numeric AS previous_bottom
  FROM counted c
)

-- name: moves_join
LEFT JOIN moved m ON m.registry = w.registry AND m.area = s.code

-- name: errata_join
LEFT JOIN unnest(%(x_n)s::bigint[], %(x_area)s::text[], %(x_id)s::text[]) AS x(place, area, id) ON x.place = w.n AND x.area = s.code

-- name: previous_join
LEFT JOIN wanted e ON e.n = m.previous_n

-- name: previous_named  A column of what is compared with; of several, theirs, by day.
CASE WHEN m.of_ns IS NULL THEN NULL WHEN m.previous_n IS NOT NULL THEN e.{name}
     ELSE (SELECT string_agg(w.{name}, ';' ORDER BY w.day, w.election COLLATE "C", w.n) FROM wanted w WHERE w.n = ANY(m.of_ns)) END

-- name: predecessors_reported  Where the code's life began with a change of areas: the areas it came from, on its first observation.
(SELECT q.codes FROM unnest(%(q_registry)s::text[], %(q_area)s::text[], %(q_begins)s::date[], %(q_ends)s::date[], %(q_codes)s::text[])
   AS q(registry, area, begins, ends, codes)
 WHERE q.registry = m.registry AND q.area = m.code AND q.begins <= m.day AND m.day < q.ends AND m.is_first)

-- name: part
part AS (
  {made_of}
),

-- name: base_live  Sums and figures of the nodes, each found by its key: joined as they are, all cells' would be read. A place
-- below 0 is a unit's. Of a rate: both sums over the units that gave both parts. What none of it can meet (`Rare`) is left out.
WITH stated AS (
SELECT w.n, w.contest, w.form, w.slot, w.cell_no, w.divisor_no, w.is_rate, n.node_no, n.place_no, n.code, n.official_code, n.name, n.name_en, n.level,
       coalesce(t.value, f.value) AS top, f.absence,
       coalesce(t.reported, f.reported, 0) AS top_reported, coalesce(t.counted, f.counted, 0) AS top_counted,
       {below} x.units AS expected
FROM standing w
{places}
LEFT JOIN LATERAL (SELECT a.value, a.absence, (a.absence IS NULL OR a.absence = 'none')::int AS reported, (a.value IS NOT NULL)::int AS counted
                   FROM figure a WHERE a.cell_no = w.cell_no AND a.unit_no = n.place_no AND n.place_no < 0 LIMIT 1) f ON true
{below_join}
WHERE {nodes}
){one_sided}{withheld}
SELECT s.n, s.code, s.official_code, s.name, s.name_en, s.level, {sums},
       s.expected, {withheld_units} AS withheld, {disputed} AS disputed, {partly} AS partly
FROM stated s {sums_join} {withheld_join} {disputed_join} {partly_join}

-- name: below
coalesce(u.value, g.value) AS bottom, coalesce(u.reported, g.reported, 0) AS bottom_reported, coalesce(u.counted, g.counted, 0) AS bottom_counted,

-- name: no_below
NULL::numeric AS bottom, 0 AS bottom_reported, 0 AS bottom_counted,

-- name: below_join
LEFT JOIN LATERAL (SELECT a.value, (a.absence IS NULL OR a.absence = 'none')::int AS reported, (a.value IS NOT NULL)::int AS counted
                   FROM figure a WHERE a.cell_no = w.divisor_no AND a.unit_no = n.place_no AND n.place_no < 0 LIMIT 1) g ON true

-- name: sums_of_rates
CASE WHEN s.is_rate THEN p.top ELSE s.top END AS top, s.absence,
       CASE WHEN s.is_rate THEN p.units ELSE s.top_reported END AS reported,
       CASE WHEN s.is_rate THEN p.top_counted ELSE s.top_counted END AS counted,
       p.bottom, p.bottom_counted AS below_counted

-- name: sums_of_rates_join
LEFT JOIN one_sided o ON o.n = s.n AND o.node_no = s.node_no
CROSS JOIN LATERAL (SELECT {paired}) p

-- name: sums_of_counts
s.top, s.absence, s.top_reported AS reported, s.top_counted AS counted, s.bottom, s.bottom_counted AS below_counted

-- name: withheld_join
LEFT JOIN withheld h ON h.n = s.n AND h.node_no = s.node_no

-- name: disputed_join
LEFT JOIN (
  SELECT DISTINCT p.node_no, m.contest, c.form, c.slot FROM discrepancy d JOIN return_case c USING (stream_id) JOIN unit_node p USING (unit_no)
  CROSS JOIN (SELECT DISTINCT contest FROM standing) m
  WHERE d.closed_at IS NULL AND c.election_no = ANY(%(election_nos)s)
    AND (EXISTS (SELECT FROM contest_unit v WHERE v.election_no = c.election_no AND v.contest = m.contest AND v.unit_no = c.unit_no OFFSET 0)
         OR EXISTS (SELECT FROM former_unit v WHERE v.unit_no = c.unit_no AND v.contest = m.contest OFFSET 0))
) d ON d.node_no = s.node_no AND d.contest = s.contest AND d.form = s.form AND d.slot = s.slot

-- name: partly_join
LEFT JOIN (
  SELECT DISTINCT p.node_no, f.cell_no FROM return_method m JOIN return_case c USING (stream_id) JOIN unit_node p USING (unit_no)
  JOIN figure f ON f.unit_no = c.unit_no AND f.cell_no = ANY(%(cells)s::int[])
  JOIN cell k ON k.cell_no = f.cell_no AND k.election_no = c.election_no AND k.form = c.form AND k.slot = c.slot AND k.layer = m.layer
  WHERE m.until IS NULL AND c.election_no = ANY(%(election_nos)s)
) e ON e.node_no = s.node_no AND e.cell_no = s.cell_no

-- name: rare  See `Rare`. No unit gave one part of a rate and not the other where all gave both: as the counts say, of the areas that
-- lie in no other one. Where units are gone or divided, the counts do not say it of the areas below.
SELECT EXISTS (SELECT FROM figure WHERE absence = 'suppressed' AND cell_no = ANY(%(cells)s::int[] || %(divisors)s::int[])),
  EXISTS (SELECT FROM discrepancy d JOIN return_case c USING (stream_id) WHERE d.closed_at IS NULL AND c.election_no = ANY(%(election_nos)s::int[])),
  EXISTS (SELECT FROM return_method m JOIN return_case c USING (stream_id) WHERE m.until IS NULL AND c.election_no = ANY(%(election_nos)s::int[])),
  EXISTS (SELECT FROM unnest(%(election_nos)s::int[], %(contests)s::text[], %(cells)s::int[], %(divisors)s::int[]) AS w(election_no, contest, cell_no, divisor_no)
          JOIN node n ON n.election_no = w.election_no AND n.geography = %(geography)s AND n.parent_no IS NULL
          JOIN expected x ON x.node_no = n.node_no AND x.contest = w.contest
          WHERE w.divisor_no IS NOT NULL
            AND 2 > (SELECT count(*) FROM area_total t WHERE t.cell_no IN (w.cell_no, w.divisor_no) AND t.node_no = n.place_no AND t.reported = x.units))
    OR EXISTS (SELECT FROM former_unit JOIN unit u USING (unit_no) WHERE u.election_no = ANY(%(election_nos)s::int[])),
  (SELECT reltuples::bigint FROM pg_class WHERE oid = 'expected'::regclass);

-- name: places  Areas of the elections, with what their totals are.
JOIN node n ON n.election_no = w.election_no AND n.geography = %(geography)s
JOIN expected x ON x.node_no = n.node_no AND x.contest = w.contest AND x.form = w.kept
LEFT JOIN (SELECT * FROM area_total WHERE cell_no = ANY(%(cells)s::int[])) t ON t.cell_no = w.cell_no AND t.node_no = n.place_no
{places_below}

-- name: places_few  The same where few areas are asked for: found by their codes, and not all of the elections read.
JOIN (SELECT v.*, x.contest, x.form AS kept, x.units
      FROM node v CROSS JOIN LATERAL (SELECT * FROM expected e WHERE e.node_no = v.node_no OFFSET 0) x
      WHERE v.election_no = ANY(%(election_nos)s::int[]) AND v.geography = %(geography)s AND v.code = ANY(%(reads)s::text[]) OFFSET 0) n
  ON (n.election_no, n.contest, n.kept) = (w.election_no, w.contest, w.kept)
CROSS JOIN LATERAL (SELECT n.units) x
LEFT JOIN (SELECT * FROM area_total WHERE cell_no = ANY(%(cells)s::int[])) t ON t.cell_no = w.cell_no AND t.node_no = n.place_no
{places_below}

-- name: places_below
LEFT JOIN (SELECT * FROM area_total WHERE cell_no = ANY(%(divisors)s::int[])) u ON u.cell_no = w.divisor_no AND u.node_no = n.place_no

-- name: places_by_key  The same of a few areas, one by one: the cost is theirs, and not the elections'.
CROSS JOIN unnest(%(reads)s::text[]) AS a(code)
CROSS JOIN LATERAL (SELECT * FROM node v WHERE v.election_no = w.election_no AND v.geography = %(geography)s AND v.code = a.code OFFSET 0) n
CROSS JOIN LATERAL (SELECT * FROM expected v WHERE v.node_no = n.node_no AND v.contest = w.contest AND v.form = w.kept OFFSET 0) x
LEFT JOIN LATERAL (SELECT * FROM area_total v WHERE v.cell_no = w.cell_no AND v.node_no = n.place_no OFFSET 0) t ON true
{places_below}

-- name: places_below_by_key
LEFT JOIN LATERAL (SELECT * FROM area_total v WHERE v.cell_no = w.divisor_no AND v.node_no = n.place_no OFFSET 0) u ON true

-- name: places_over
JOIN node n ON n.election_no = w.election_no AND n.geography = %(geography)s
JOIN expected x ON x.node_no = n.node_no AND x.form = w.kept

-- name: places_over_by_key
CROSS JOIN unnest(%(reads)s::text[]) AS a(code)
CROSS JOIN LATERAL (SELECT * FROM node v WHERE v.election_no = w.election_no AND v.geography = %(geography)s AND v.code = a.code OFFSET 0) n
JOIN expected x ON x.node_no = n.node_no AND x.form = w.kept

-- name: base_both  What stands, and what was otherwise at a position.
({standing})
UNION ALL
{given}

-- name: base_over  The same of sums over contests (`over_contests`).
WITH piece AS MATERIALIZED (
  SELECT * FROM unnest(%(p_n)s::bigint[], %(p_contest)s::text[], %(p_below)s::bool[], %(p_cell)s::int[]) AS p(n, contest, below, cell_no)
), near AS MATERIALIZED (
  SELECT w.n, x.contest, n.node_no, n.place_no, x.units
  FROM standing w
  {places}
  JOIN (SELECT DISTINCT n, contest FROM piece) p ON p.n = w.n AND p.contest = x.contest
  WHERE {nodes}
), {over_contests}
SELECT s.n, d.code, d.official_code, d.name, d.name_en, d.level, CASE WHEN s.top_counted > 0 THEN s.top END AS top, NULL::text AS absence,
       s.units AS reported, s.top_counted AS counted, CASE WHEN s.bottom_counted > 0 THEN s.bottom END AS bottom,
       s.bottom_counted AS below_counted, s.expected, s.withheld, o.node_no IS NOT NULL AS disputed, e.node_no IS NOT NULL AS partly
FROM summed s JOIN wanted w USING (n) JOIN node d USING (node_no)
LEFT JOIN (
  SELECT DISTINCT p.node_no, c.form, c.slot FROM discrepancy d JOIN return_case c USING (stream_id) JOIN unit_node p USING (unit_no)
  WHERE d.closed_at IS NULL AND c.election_no = ANY(%(election_nos)s)
) o ON o.node_no = s.node_no AND o.form = w.form AND o.slot = w.slot
LEFT JOIN (
  SELECT DISTINCT i.n, u.node_no FROM return_method m JOIN return_case c USING (stream_id)
  JOIN figure f ON f.unit_no = c.unit_no JOIN piece i ON i.cell_no = f.cell_no AND NOT i.below
  JOIN cell k ON k.cell_no = i.cell_no AND k.election_no = c.election_no AND k.form = c.form AND k.slot = c.slot AND k.layer = m.layer
  JOIN unit_node u ON u.unit_no = c.unit_no
  WHERE m.until IS NULL AND c.election_no = ANY(%(election_nos)s)
) e ON e.n = s.n AND e.node_no = s.node_no

-- name: base_given  The same, read from the log as of a position.
SELECT * FROM unnest(
  %(b_n)s::bigint[], %(b_code)s::text[], %(b_official_code)s::text[], %(b_name)s::text[], %(b_name_en)s::text[], %(b_level)s::text[],
  %(b_top)s::numeric[], %(b_absence)s::text[], %(b_reported)s::int[], %(b_counted)s::int[],
  %(b_bottom)s::numeric[], %(b_below_counted)s::int[], %(b_expected)s::int[], %(b_withheld)s::int[], %(b_disputed)s::bool[],
  %(b_partly)s::bool[]
) AS g(n, code, official_code, name, name_en, level, top, absence, reported, counted, bottom, below_counted, expected, withheld, disputed, partly)

-- name: nodes_as_reported  Those asked for, and those they came from.
((%(areas)s::text[] IS NULL OR n.code = ANY(%(areas)s)) AND (%(levels)s::text[] IS NULL OR n.level = ANY(%(levels)s)) OR n.code = ANY(%(peers)s))

-- name: nodes_to_rebase  The contest's smallest areas, those asked for, and what leads into them by a lineage of the geography's own (of a
-- registry's lineage only the smallest: a city and its wards lead into the same).
({smallest} OR n.code = ANY(%(areas)s) OR n.level = ANY(%(levels)s) OR n.code = ANY(%(peers)s))

-- name: as_reported
SELECT b.n, b.code, b.code AS made_of, b.official_code, b.name, b.name_en, b.level, b.top, b.bottom, b.counted, b.below_counted,
       b.reported, b.expected, b.withheld,
       CASE WHEN b.absence IS NULL AND b.reported = b.expected THEN 'none' ELSE b.absence END AS absence,
       false AS unknown, false AS estimated, '' AS method, '' AS share_source, b.disputed, b.partly, 1 AS parts, 0 AS absent_parts,
       (%(areas)s::text[] IS NULL OR b.code = ANY(%(areas)s)) AND (%(levels)s::text[] IS NULL OR b.level = ANY(%(levels)s))
         AND (%(codes)s::text[] IS NULL OR b.code = ANY(%(codes)s)) AS asked
FROM base b

-- name: rebased  Every part of every target; parts that were never reported count in N only. Codes the lineage does not
-- have (prefectures, the nation) stand for themselves.
SELECT p.n, p.code, string_agg(p.of_area, ';' ORDER BY p.of_area COLLATE "C") FILTER (WHERE p.there) AS made_of,
       max(p.official_code) FILTER (WHERE p.of_area = p.code) AS official_code, coalesce(max(z.name), max(p.name)) AS name, max(p.name_en) AS name_en, coalesce(max(z.level), max(p.level)) AS level,
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
       coalesce(bool_or(p.disputed), false) AS disputed, coalesce(bool_or(p.partly), false) AS partly,
       count(*)::int AS parts, (count(*) FILTER (WHERE NOT p.there))::int AS absent_parts, true AS asked
FROM part p
LEFT JOIN unnest(%(z_code)s::text[], %(z_name)s::text[], %(z_level)s::text[]) AS z(code, name, level) ON z.code = p.code
GROUP BY p.n, p.code
HAVING bool_or(p.there)

-- name: smallest
x.is_unit

-- name: smallest_over
EXISTS (SELECT FROM expected y JOIN piece q USING (contest) WHERE y.node_no = n.node_no AND y.is_unit AND q.n = w.n)

-- name: parts_rebased  What each target is made of, with its share: areas of the election that lead into it, and `itself` where the
-- lineage does not have the code.
SELECT w.n, l.of_area, l.into_area AS code, l.weight, false AS itself, l.exact, l.method, l.share_source, b.n IS NOT NULL AS there,
       b.official_code, b.name, b.name_en, NULL AS level, b.top, b.bottom, b.counted, b.below_counted, b.reported, b.expected, b.withheld,
       b.absence, b.disputed, b.partly
FROM wanted w
JOIN unnest(%(l_registry)s::text[], %(l_of)s::text[], %(l_begins)s::date[], %(l_ends)s::date[], %(l_into)s::text[],
            %(l_weight)s::numeric[], %(l_exact)s::bool[], %(l_method)s::text[], %(l_source)s::text[])
  AS l(registry, of_area, begins, ends, into_area, weight, exact, method, share_source)
  ON l.registry = w.registry AND w.day >= l.begins AND w.day < l.ends
LEFT JOIN base b ON b.n = w.n AND b.code = l.of_area
UNION ALL
SELECT b.n, b.code, b.code, 1, true, true, '', '', true, b.official_code, b.name, b.name_en, b.level, b.top, b.bottom, b.counted, b.below_counted, b.reported,
       b.expected, b.withheld, b.absence, b.disputed, b.partly
FROM base b JOIN wanted w USING (n)
WHERE NOT EXISTS (SELECT FROM unnest(%(k_registry)s::text[], %(k_code)s::text[]) AS k(registry, code)
                  WHERE k.registry = w.registry AND k.code = b.code)
  AND (%(codes)s::text[] IS NULL OR b.code = ANY(%(codes)s))
  AND (%(areas)s::text[] IS NULL OR b.code = ANY(%(areas)s)) AND (%(levels)s::text[] IS NULL OR b.level = ANY(%(levels)s))

-- name: parts_as_reported
SELECT b.n, b.code AS of_area, b.code, 1::numeric AS weight, true AS itself, true AS there FROM base b

-- name: broken_as_reported  Land moved in or out since the election before, even where that had no figure of the area.
coalesce(p.moves IS NOT NULL AND EXISTS (SELECT FROM unnest(p.moves) AS b(day)
                                         WHERE b.day > coalesce(p.previous_day, p.before_day) AND b.day <= p.day), false)

-- name: broken_rebased  One side is an estimate and the other is not.
(p.previous_day IS NOT NULL AND (p.method = '') <> (p.previous_method = ''))

-- name: compared  Like with like: each observation and the one before it over the units that reported both times. Units of the two
-- elections that became each other form a group (`alike`; without a change a unit and itself), and a group is compared as a
-- whole or not at all: all of its units reported, now and then, and lie in the area (`size`: how many there are anywhere;
-- of a target of other boundaries what leads into it, by known shares). So no share is guessed.
, side AS MATERIALIZED (
  WITH followed AS (
    SELECT p.n, p.code, p.is_rate, x.pair FROM placed p
    JOIN unnest(%(pair_ns)s::int[], %(pairs)s::int[]) AS x(n, pair) ON x.n = p.n
    WHERE p.asked AND p.wished AND p.previous_n IS NOT NULL AND (%(since)s::date IS NULL OR p.day >= %(since)s)
  )
  SELECT f.n, f.code, f.is_rate, true AS now, f.n AS of_n, f.code AS of_code, f.pair FROM followed f
  UNION ALL
  SELECT f.n, f.code, f.is_rate, false, l.of_n, l.of_area, f.pair FROM followed f JOIN link l USING (n, code)
), lying AS MATERIALIZED (
  SELECT s.*, a.of_area, a.weight, a.itself FROM side s JOIN part a ON a.n = s.of_n AND a.code = s.of_code
), {units}, member AS MATERIALIZED (
  SELECT l.n, l.code, l.is_rate, l.now, l.of_n, l.weight, l.itself, coalesce(u.unit, l.of_area) AS unit, u.name,
         coalesce(g.alike, u.unit, l.of_area) AS alike, coalesce(g.size, 1) AS size, coalesce(u.expected, 1) AS expected,
         coalesce(u.top_units, 0) AS top_units, coalesce(u.bottom_units, 0) AS bottom_units, u.top, u.bottom
  FROM lying l LEFT JOIN units u ON u.n = l.of_n AND u.of_area = l.of_area
  LEFT JOIN unnest(%(g_pair)s::int[], %(g_now)s::bool[], %(g_unit)s::text[], %(g_alike)s::text[], %(g_size)s::int[])
    AS g(pair, now, unit, alike, size) ON g.pair = l.pair AND g.now = l.now AND g.unit = coalesce(u.unit, l.of_area)
), half AS MATERIALIZED (
  SELECT n, code, alike, now, sum(expected) AS units, sum(weight * top) AS top, count(top) AS counted, sum(weight * bottom) AS bottom,
         count(bottom) AS below_counted,
         sum(expected) > 0 AND sum(top_units) = sum(expected) AND (NOT bool_or(is_rate) OR sum(bottom_units) = sum(expected)) AS given,
         count(*) = count(weight) AND (NOT bool_or(itself) OR sum(expected) = max(size)) AS inside
  FROM member GROUP BY n, code, alike, now
), compared AS MATERIALIZED (
  SELECT a.n, a.code, sum(a.units)::int AS units, sum(a.top) AS top, sum(a.bottom) AS bottom, sum(a.counted) AS counted,
         sum(a.below_counted) AS below_counted, sum(b.top) AS previous_top, sum(b.bottom) AS previous_bottom,
         sum(b.counted) AS previous_counted, sum(b.below_counted) AS previous_below_counted
  FROM half a JOIN half b ON b.n = a.n AND b.code = a.code AND b.alike = a.alike
  WHERE a.now AND NOT b.now AND a.given AND b.given AND a.inside AND b.inside GROUP BY a.n, a.code
)

-- name: ranked  惜敗率 (`ratio_to_first` in domain/figures): in each area that holds a contest for one seat whole, once all of it reported
-- everybody who stands (`rivals`): the most votes, and how many have them.
, ranked AS MATERIALIZED (
  SELECT r.of, c.code, max(c.number) AS first, cardinality(array_positions(array_agg(c.number), max(c.number))) AS ahead
  FROM counted c
  JOIN unnest(%(r_n)s::bigint[], %(r_of)s::int[], %(r_rivals)s::int[], %(r_units)s::int[]) AS r(n, of, rivals, units) ON r.n = c.n
  WHERE c.expected = r.units
  GROUP BY r.of, c.code HAVING bool_and(c.whole) AND count(*) = max(r.rivals)
)

-- name: ranked_column
CASE WHEN q.first > 0 AND (m.number < q.first OR q.ahead > 1) THEN ({ratio})::text END AS ratio_to_first

-- name: ranked_join
LEFT JOIN unnest(%(r_n)s::bigint[], %(r_of)s::int[]) AS g(n, of) ON g.n = m.n LEFT JOIN ranked q ON q.of = g.of AND q.code = m.code

-- name: contest_sizes  Units that vote on each contest, by form.
SELECT n.election_no, x.contest, x.form, max(x.units) FROM node n JOIN expected x USING (node_no)
WHERE n.election_no = ANY(%(election_nos)s) GROUP BY 1, 2, 3;

-- name: compared_columns
CASE WHEN m.previous_n IS NOT NULL THEN coalesce(k.units, 0) || '/' || m.expected END AS compared,
    CASE WHEN m.is_rate THEN k.rate::text ELSE k.number::text END AS compared_value,
    CASE WHEN m.is_rate THEN k.previous_rate::text ELSE k.previous_number::text END AS compared_previous_value,
    CASE WHEN m.is_rate THEN CASE WHEN k.rate IS NOT NULL AND k.previous_rate IS NOT NULL THEN ({compared_difference})::text END
         ELSE trim_scale(k.number - k.previous_number)::text END AS compared_difference

-- name: compared_join  A progress says how far all units are together: over some of them it says nothing.
LEFT JOIN LATERAL (
    SELECT c.units, c.top, c.bottom, c.previous_top, c.previous_bottom,
           CASE WHEN c.counted > 0 THEN trim_scale(c.top) END AS number,
           CASE WHEN c.previous_counted > 0 THEN trim_scale(c.previous_top) END AS previous_number,
           CASE WHEN c.counted > 0 AND c.below_counted > 0 AND c.bottom <> 0 AND (NOT m.progress OR (m.whole AND m.previous_whole))
                THEN {compared_percent} END AS rate,
           CASE WHEN c.previous_counted > 0 AND c.previous_below_counted > 0 AND c.previous_bottom <> 0
                     AND (NOT m.progress OR (m.whole AND m.previous_whole))
                THEN {compared_previous_percent} END AS previous_rate
    FROM compared c WHERE c.n = m.n AND c.code = m.code
  ) k ON true

-- name: not_compared_columns
NULL::text AS compared, NULL::text AS compared_value, NULL::text AS compared_previous_value, NULL::text AS compared_difference

-- name: units_live  The contest's units in each part of an area, and those that were divided: whose figures count is said by `counting`.
{units_name} AS MATERIALIZED (
  SELECT a.of_n AS n, a.of_area, u.code AS unit, u.name,
         (c.unit_no IS NOT NULL AND coalesce(e.of_n, true))::int AS expected,
         CASE WHEN f.unit_no IS NOT NULL THEN coalesce(h.weight, 1) END AS top_units, f.value AS top,
         CASE WHEN g.unit_no IS NOT NULL THEN coalesce(h.weight, 1) END AS bottom_units, g.value AS bottom
  FROM (SELECT DISTINCT of_n, of_area FROM lying) a JOIN standing w ON w.n = a.of_n
  JOIN node d ON d.election_no = w.election_no AND d.geography = %(geography)s AND d.code = a.of_area
  JOIN unit_node p ON p.node_no = d.node_no
  JOIN unit u ON u.unit_no = p.unit_no
  LEFT JOIN contest_unit c ON c.election_no = w.election_no AND c.contest = w.contest AND c.unit_no = u.unit_no
  LEFT JOIN (SELECT * FROM counting WHERE cell_no = ANY(%(cells)s::int[])) f ON f.cell_no = w.cell_no AND f.unit_no = u.unit_no
  LEFT JOIN (SELECT * FROM counting WHERE cell_no = ANY(%(divisors)s::int[])) g ON g.cell_no = w.divisor_no AND g.unit_no = u.unit_no
  LEFT JOIN former_unit e ON e.unit_no = u.unit_no AND e.contest = w.contest AND e.form = w.kept
  LEFT JOIN former_weight h ON h.unit_no = u.unit_no AND h.contest = w.contest AND h.form = w.kept AND h.node_no = d.node_no
  WHERE c.unit_no IS NOT NULL OR u.unit_no IN (SELECT d.unit_no FROM unit_part d WHERE d.contest = w.contest AND d.form = w.kept)
)

-- name: units_given  The same of what was otherwise at a position.
units_then AS MATERIALIZED (
  SELECT * FROM unnest(%(u_n)s::bigint[], %(u_of_area)s::text[], %(u_unit)s::text[], %(u_name)s::text[], %(u_expected)s::int[],
    %(u_top_units)s::int[], %(u_top)s::numeric[], %(u_bottom_units)s::int[], %(u_bottom)s::numeric[])
  AS u(n, of_area, unit, name, expected, top_units, top, bottom_units, bottom)
)

-- name: units_both
{units_live}, {units_given}, units AS MATERIALIZED (
  SELECT * FROM units_now UNION ALL SELECT * FROM units_then
)

-- name: units_among  Units that report on one of these contests below areas of an election, of the geography of its units, or
-- are one of these codes.
SELECT DISTINCT a.code, u.code
FROM unnest(%(codes)s::text[]) AS a(code)
JOIN unit u ON u.election_no = %(election_no)s AND u.unit_no IN (
  SELECT c.unit_no FROM contest_unit c LEFT JOIN former_unit e ON e.unit_no = c.unit_no AND e.contest = c.contest AND e.form = %(form)s
  WHERE c.election_no = %(election_no)s AND c.contest = ANY(%(contests)s) AND coalesce(e.of_n, true))
LEFT JOIN node n ON n.election_no = u.election_no AND n.geography = %(geography)s AND n.code = a.code
WHERE u.code = a.code OR EXISTS (SELECT FROM unit_node p WHERE p.unit_no = u.unit_no AND p.node_no = n.node_no);

-- name: divided_units  Units divided on one of these contests, with the parts that report now; and merged ones, with what they were merged from.
SELECT DISTINCT w.code, p.code FROM unit_part d JOIN unit w ON w.unit_no = d.unit_no JOIN unit p ON p.unit_no = d.part_no
WHERE w.election_no = %(election_no)s AND d.contest = ANY(%(contests)s) AND d.form = %(form)s AND d.reports
  AND NOT EXISTS (SELECT FROM former_unit m WHERE m.unit_no = d.unit_no AND m.contest = d.contest AND m.form = d.form AND m.dissolved)
UNION
SELECT w.code, p.code FROM former_unit m JOIN unit p USING (unit_no) JOIN unit w ON w.unit_no = ANY(m.whole_nos)
WHERE p.election_no = %(election_no)s AND m.contest = ANY(%(contests)s) AND m.form = %(form)s AND m.of_n;

-- name: units_of_contests  Units that report on one of these contests.
SELECT DISTINCT u.code FROM contest_unit c JOIN unit u USING (unit_no) WHERE c.election_no = %(election_no)s AND c.contest = ANY(%(contests)s);

-- name: answer_units  Units of both elections behind each comparison, and why one is left out: it gave no figure (`lacks`), those it
-- is compared with gave none (`counterpart`), there are none (`alone`), or part of its group lies elsewhere (`elsewhere`).
SELECT w.election, m.unit, coalesce(m.name, m.unit), m.alike, m.now,
       CASE WHEN o.alike IS NULL THEN 'alone'
            WHEN NOT (h.inside AND o.inside) THEN 'elsewhere'
            WHEN NOT h.given AND (m.top_units = 0 OR (m.is_rate AND m.bottom_units = 0)) THEN 'lacks'
            WHEN NOT (h.given AND o.given) THEN 'counterpart' ELSE '' END
FROM member m JOIN wanted w ON w.n = m.of_n JOIN wanted x ON x.n = m.n
JOIN row r ON r.election = x.election AND r.series = x.series AND r.area = m.code
JOIN half h ON (h.n, h.code, h.alike, h.now) = (m.n, m.code, m.alike, m.now)
LEFT JOIN half o ON (o.n, o.code, o.alike, o.now) = (m.n, m.code, m.alike, NOT m.now)
WHERE m.expected > 0
ORDER BY m.now DESC, m.unit COLLATE "C"

-- name: answer_rows
SELECT {columns} FROM row

-- name: answer_flat  The same; what is marked of a row as one text.
SELECT {columns} FROM (SELECT {flat} FROM row) AS row

-- name: answer_lines  One JSON object for each row, as text.
SELECT row_to_json(made)::text FROM (SELECT {columns} FROM row) AS made

-- name: answer_json
-- One row more is read than is shown: whether the answer goes on costs no statement of its own.
, size AS (SELECT count(*) AS rows FROM row)
SELECT coalesce(json_agg(made), '[]')::text, (SELECT rows FROM size),
       (SELECT ARRAY[series, area, date::text, election]
        FROM (SELECT series, area, date, election FROM row LIMIT 1 OFFSET (SELECT greatest(least(rows, %(limit)s::bigint - 1) - 1, 0) FROM size)) AS last)
FROM (SELECT {columns} FROM row LIMIT %(limit)s::bigint - 1) AS made
