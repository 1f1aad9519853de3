-- Everything the API reads. search_path = the live views_vN; one REPEATABLE READ transaction per request.

-- name: live  Which version is live, and how long the log is; until the transaction ends, names mean that version, no
-- statement runs for ever, and rows are those that may be seen (policies in views/schema.sql).
SELECT version, state, position, error, shape, (SELECT position FROM ledger.head), set_config('search_path', 'views_v' || version || ', pg_temp', true),
       set_config('statement_timeout', %(timeout)s, true), pg_is_in_recovery(), set_config('reporting.sees', %(sees)s, true)
FROM ops.projection WHERE state IN ('active', 'stopped');

-- name: time
SELECT clock_timestamp();

-- name: lag  How far the views and the last signed checkpoint are behind the log, in events and in seconds.
SELECT h.position - %(position)s::bigint, coalesce(extract(epoch FROM clock_timestamp() - viewed.recorded_at), 0)::float8,
       h.position - signed.size,
       CASE WHEN signed.size IS NOT NULL
            THEN coalesce(extract(epoch FROM clock_timestamp() - unsigned.recorded_at), 0)::float8 END
FROM ledger.head h
LEFT JOIN ledger.event viewed ON viewed.position = %(position)s::bigint + 1
LEFT JOIN (SELECT max(size) AS size FROM ledger.checkpoint) signed ON true
LEFT JOIN ledger.event unsigned ON unsigned.position = signed.size + 1;

-- name: elections  Which there are; the definition itself is read once for each position.
SELECT code, election_no, position, rosters FROM election
WHERE %(code)s::text IS NULL OR code = %(code)s ORDER BY polling_date DESC, code;

-- name: election_list  A page of them. `area`: only those of which a unit in it reports, or did, whose last places are kept (`*`: any); `at_desk`: only those
-- whose returns go through offices; `containing`: a text that the code or a name holds. LIMIT: of each election one unit is enough, and not all of all are joined.
SELECT e.code, e.election_no, e.position, e.rosters FROM election e LEFT JOIN election seen ON seen.code = %(after)s
WHERE (%(after)s::text IS NULL OR e.polling_date < seen.polling_date OR (e.polling_date = seen.polling_date AND e.code > seen.code))
  AND (%(codes)s::text[] IS NULL OR e.code = ANY(%(codes)s))
  AND (%(is_test)s::boolean IS NULL OR e.is_test = %(is_test)s)
  AND (e.has_workflow OR NOT %(at_desk)s)
  AND (%(containing)s::text IS NULL
       OR strpos(lower(concat_ws(E'\n', e.code, e.definition->'label'->>'ja', e.definition->'label'->>'en')), lower(%(containing)s)) > 0)
  AND (coalesce(%(area)s, '*') = '*'
       OR (SELECT true FROM node n JOIN unit_node USING (node_no) JOIN contest_unit r USING (unit_no)
           WHERE n.election_no = e.election_no AND n.code = %(area)s AND r.election_no = e.election_no LIMIT 1)
       OR (SELECT true FROM node n JOIN unit_across USING (node_no) JOIN contest_unit r USING (unit_no)
           WHERE n.election_no = e.election_no AND n.code = %(area)s AND r.election_no = e.election_no LIMIT 1)
       OR strpos(e.kept::text, to_json(%(area)s::text)::text) > 0)
ORDER BY e.polling_date DESC, e.code LIMIT %(limit)s;

-- name: definition  One election's definition.
SELECT definition FROM election WHERE election_no = %s;

-- name: percent  100·top/bottom, from the exact fraction and rounded once: half up (away from 0) or cut off (towards 0). A
-- progress is never rounded to one of its ends (`rate` in domain/figures).
CASE WHEN {progress} AND {top} > 0 AND {top} < {bottom}
     THEN round(least(greatest({rounded}, 10::numeric ^ (-{decimals})), 100 - 10::numeric ^ (-{decimals})), {decimals})
     ELSE {rounded} END

-- name: rounded
round(sign({top}) * sign({bottom}) * CASE {rounding}
  WHEN 'down' THEN div(100 * 10::numeric ^ {decimals} * abs({top}), abs({bottom}))
  ELSE div(200 * 10::numeric ^ {decimals} * abs({top}) + abs({bottom}), 2 * abs({bottom})) END * 10::numeric ^ (-{decimals}), {decimals})

-- name: totals  One row per area and wanted cell; an area no unit of which votes on the contest has none. A rate is made
-- of the units that gave both parts (a number, or the statement that there is nothing): where the counts do not prove
-- that all did, those that gave only one are looked for and taken out. A progress is given only where all units did. {rates}: whether one is asked for. The rows of
-- the page come first, and totals are found by their cells and places: joined as they are, all of the slot's would be read for any page.
WITH wanted AS MATERIALIZED (
  SELECT w.n, w.item, w.breakdown, w.choice, w.decimals, w.rounding, w.progress, w.divisor IS NOT NULL AS is_rate,
         a.cell_no, b.cell_no AS divisor_no, {ranked} AND w.divisor IS NULL AND w.choice <> '' AS is_ranked
  FROM unnest(%(items)s::text[], %(breakdowns)s::text[], %(choices)s::text[], %(keys)s::text[], %(divisors)s::text[],
              %(decimals)s::int[], %(roundings)s::text[], %(progress)s::bool[])
       WITH ORDINALITY AS w(item, breakdown, choice, key, divisor, decimals, rounding, progress, n)
  LEFT JOIN cell a ON (a.election_no, a.form, a.slot, a.layer, a.key) = (%(election_no)s, %(form)s, %(slot)s, %(layer)s, w.key)
  LEFT JOIN cell b ON (b.election_no, b.form, b.slot, b.layer, b.key) = (%(election_no)s, %(form)s, %(slot)s, %(layer)s, w.divisor)
), page AS MATERIALIZED (
  SELECT n.node_no, n.geography, n.code, n.official_code, n.name, n.name_en, n.level, x.is_unit, n.place_no, x.units AS expected, w.*
  FROM node n
  JOIN expected x ON x.node_no = n.node_no AND x.contest = %(contest)s AND x.form = %(kept)s
  CROSS JOIN wanted w
  WHERE n.election_no = %(election_no)s AND n.geography = %(geography)s
    AND (%(level)s::text IS NULL OR n.level = %(level)s)
    AND (%(areas)s::text[] IS NULL OR n.code = ANY(%(areas)s))
    AND (%(parent_no)s::int IS NULL OR n.parent_no = %(parent_no)s)
    AND (%(after_code)s::text IS NULL OR (n.code, w.n) > (%(after_code)s, %(after_n)s::bigint))
  ORDER BY n.code, w.n
  LIMIT %(limit)s
), stated AS MATERIALIZED (
  SELECT p.*, t.value AS top, coalesce(t.reported, 0) AS top_reported, coalesce(t.counted, 0) AS top_counted,
         d.value AS bottom, coalesce(d.reported, 0) AS bottom_reported, coalesce(d.counted, 0) AS bottom_counted,
         greatest(t.position, d.position) AS changed
  FROM page p
  LEFT JOIN (SELECT * FROM total_at WHERE cell_no = ANY (ARRAY(SELECT DISTINCT cell_no FROM page)) AND place_no = ANY (ARRAY(SELECT DISTINCT place_no FROM page)) OFFSET 0) t
    ON t.cell_no = p.cell_no AND t.place_no = p.place_no
  LEFT JOIN (SELECT * FROM total_at WHERE {rates} AND cell_no = ANY (ARRAY(SELECT DISTINCT divisor_no FROM page)) AND place_no = ANY (ARRAY(SELECT DISTINCT place_no FROM page)) OFFSET 0) d
    ON d.cell_no = p.divisor_no AND d.place_no = p.place_no
), {one_sided}, {withheld}, {standing}, row AS (
  SELECT s.node_no, s.geography, s.code, s.official_code, s.name, s.name_en, s.level, s.is_unit, s.n, s.item, s.breakdown, s.choice,
         CASE WHEN NOT s.is_rate THEN CASE WHEN s.top_counted > 0 THEN trim_scale(s.top)::text END
              WHEN p.top_counted > 0 AND p.bottom_counted > 0 AND p.bottom <> 0 AND (NOT s.progress OR p.units = s.expected)
              THEN ({percent})::text END AS value,
         CASE WHEN s.is_rate THEN p.units ELSE s.top_reported END AS reported, s.expected, coalesce(h.units, 0)::int AS withheld,
         CASE WHEN s.is_rate AND p.top_counted > 0 THEN trim_scale(p.top)::text END AS numerator,
         CASE WHEN s.is_rate AND p.bottom_counted > 0 THEN trim_scale(p.bottom)::text END AS denominator,
         CASE WHEN r.least = s.expected AND r.first > 0 AND s.top_counted > 0 AND (s.top < r.first OR r.ahead > 1)
              THEN ({ratio})::text END AS ratio_to_first,
         s.changed
  FROM stated s
  LEFT JOIN one_sided o ON o.n = s.n AND o.node_no = s.node_no
  LEFT JOIN withheld h ON h.n = s.n AND h.node_no = s.node_no
  LEFT JOIN ranked r ON r.n = s.n AND r.node_no = s.node_no
  CROSS JOIN LATERAL (SELECT {paired}) p
  ORDER BY s.code, s.n
)
{answer};

-- name: rivals_standing  How those who stand for the one seat of a contest stand, in each area of `stated` that holds it whole and where
-- all reported: the most votes, how many have them, and the units that the least reported of them has. By itself: beside what
-- it would cost if every area were asked, no plan of the rest would matter.
ranked AS MATERIALIZED (
  SELECT s.n, s.node_no, max(v.value) AS first, count(*) FILTER (WHERE v.value = v.most) AS ahead, min(v.reported) AS least
  FROM stated s CROSS JOIN LATERAL (
    SELECT coalesce(t.value, 0) AS value, max(t.value) OVER () AS most, coalesce(t.reported, 0) AS reported
    FROM unnest(%(rivals)s::text[]) AS k(choice)
    LEFT JOIN cell c ON c.election_no = %(election_no)s AND c.form = %(form)s AND c.slot = %(slot)s AND c.layer = %(layer)s
      AND c.key = concat_ws('|', %(contest)s::text, s.item, s.breakdown, k.choice)
    LEFT JOIN LATERAL (SELECT a.value, a.reported FROM total_at a WHERE a.cell_no = c.cell_no AND a.place_no = s.place_no OFFSET 0) t ON true
  ) v
  WHERE s.is_ranked AND s.top_reported = s.expected
    AND s.expected = (SELECT max(x.units) FROM expected x JOIN node d USING (node_no) WHERE d.election_no = %(election_no)s AND x.contest = %(contest)s AND x.form = %(kept)s)
  GROUP BY s.n, s.node_no
)

-- name: one_sided  Of each rate and area (`stated`): the sums of the units that gave one part and not the other. A unit by
-- itself (place below 0) has nobody to differ from, and a part that nobody gave leaves nothing.
lone AS MATERIALIZED (
  SELECT w.n, f.*
  FROM (SELECT DISTINCT n, cell_no, divisor_no FROM stated
        WHERE is_rate AND place_no > 0 AND top_reported > 0 AND bottom_reported > 0
          AND NOT (top_reported = expected AND bottom_reported = expected)) w
  CROSS JOIN LATERAL (
    SELECT unit_no, coalesce(a.contest, b.contest) AS contest, coalesce(a.kept, b.kept) AS kept, a.value AS top, b.contest IS NULL AS is_top, b.value AS bottom
    FROM (SELECT unit_no, value, contest, kept FROM counting WHERE cell_no = w.cell_no) a
    FULL JOIN (SELECT unit_no, value, contest, kept FROM counting WHERE cell_no = w.divisor_no) b USING (unit_no)
    WHERE a.contest IS NULL OR b.contest IS NULL
  ) f
), one_sided AS MATERIALIZED (
  SELECT l.n, u.node_no, coalesce(sum(l.top), 0) AS top, coalesce(sum(l.bottom), 0) AS bottom, count(l.top) AS top_counted,
         count(l.bottom) AS bottom_counted, coalesce(sum(coalesce(h.weight, 1)) FILTER (WHERE l.is_top), 0) AS top_only
  FROM lone l JOIN unit_node u USING (unit_no)
  LEFT JOIN former_weight h ON h.unit_no = l.unit_no AND h.contest = l.contest AND h.form = l.kept AND h.node_no = u.node_no
  GROUP BY l.n, u.node_no
)

-- name: no_one_sided  Where no rate is asked for. Written out so: to plan what finds nothing would take longer than all the rest.
one_sided AS (
  SELECT NULL::bigint AS n, NULL::int AS node_no, NULL::numeric AS top, NULL::numeric AS bottom, NULL::bigint AS top_counted,
         NULL::bigint AS bottom_counted, NULL::numeric AS top_only WHERE false
)

-- name: no_rivals  Where nobody asks what part of the first one's votes the others have.
ranked AS (
  SELECT NULL::bigint AS n, NULL::int AS node_no, NULL::numeric AS first, NULL::bigint AS ahead, NULL::int AS least WHERE false
)

-- name: paired  Sums over the units that gave both parts, from `stated` s and `one_sided` o; `units`: how many.
CASE WHEN s.top_reported = 0 OR s.bottom_reported = 0 THEN 0 ELSE s.top_reported - coalesce(o.top_only, 0) END::int AS units,
CASE WHEN s.bottom_reported > 0 THEN s.top - coalesce(o.top, 0) END AS top,
CASE WHEN s.bottom_reported > 0 THEN s.top_counted - coalesce(o.top_counted, 0) ELSE 0 END::int AS top_counted,
CASE WHEN s.top_reported > 0 THEN s.bottom - coalesce(o.bottom, 0) END AS bottom,
CASE WHEN s.top_reported > 0 THEN s.bottom_counted - coalesce(o.bottom_counted, 0) ELSE 0 END::int AS bottom_counted

-- name: withheld  Of each wanted cell and area (`stated`): units that withhold a figure it needs.
withheld AS MATERIALIZED (
  SELECT n, node_no, count(*)::int AS units
  FROM (SELECT DISTINCT w.n, f.unit_no FROM (SELECT DISTINCT n, cell_no, divisor_no FROM stated WHERE top_reported < expected OR (is_rate AND bottom_reported < expected)) w
    JOIN (SELECT cell_no, unit_no FROM figure WHERE absence = 'suppressed') f ON f.cell_no IN (w.cell_no, w.divisor_no)
    JOIN kept_cell k ON k.cell_no = f.cell_no
    WHERE NOT EXISTS (SELECT FROM former_unit g WHERE g.unit_no = f.unit_no AND g.contest = k.contest AND g.form = k.kept AND NOT g.reports AND NOT (
      g.of_n AND NOT EXISTS (SELECT FROM figure o WHERE o.cell_no = f.cell_no AND o.unit_no = ANY(g.whole_nos) AND o.absence IS DISTINCT FROM 'not_reported')))
  ) s JOIN unit_node u USING (unit_no) GROUP BY n, node_no
)

-- name: totals_as_rows
SELECT {columns} FROM row

-- name: totals_as_json
SELECT coalesce(json_agg(made), '[]')::text FROM (SELECT {columns} FROM row) AS made

-- name: units_below  Figures of one cell as entered at the units below an area.
SELECT u.code, u.name, f.value::text, f.absence, f.position, r.stream_version, r.stream_id, c.form, c.slot, c.key
FROM unit_node p JOIN unit u USING (unit_no)
JOIN cell c ON (c.election_no, c.form, c.slot, c.layer, c.key) = (u.election_no, %(form)s, %(slot)s, '', %(key)s)
JOIN figure f ON f.cell_no = c.cell_no AND f.unit_no = u.unit_no
JOIN return r ON (r.election_no, r.form, r.slot, r.unit_no) = (u.election_no, c.form, c.slot, u.unit_no)
WHERE p.node_no = %(node_no)s AND (%(after)s::text IS NULL OR u.code > %(after)s)
ORDER BY u.code LIMIT %(limit)s;

-- name: return_figures  All figures of one return, as entered.
SELECT u.code, u.name, f.value::text, f.absence, f.position, r.stream_version, r.stream_id, c.form, c.slot, c.key
FROM return r JOIN unit u USING (unit_no)
JOIN cell c ON (c.election_no, c.form, c.slot, c.layer) = (r.election_no, r.form, r.slot, '')
JOIN figure f ON f.cell_no = c.cell_no AND f.unit_no = r.unit_no
WHERE r.election_no = %(election_no)s AND r.form = %(form)s AND r.slot = %(slot)s AND u.code = %(unit)s
ORDER BY c.key;

-- name: unit  A reporting unit of an election, with the version of its return.
SELECT u.unit_no, u.code, u.name, coalesce(r.stream_version, 0)
FROM unit u LEFT JOIN return r ON (r.unit_no, r.form, r.slot) = (u.unit_no, %(form)s, %(slot)s)
WHERE u.election_no = %(election_no)s AND u.code = %(unit)s;

-- name: has_level  Whether one of these areas of a geography is of a level.
SELECT EXISTS (SELECT FROM node WHERE election_no = %(election_no)s AND geography = %(geography)s AND level = %(level)s
                                  AND code = ANY(%(areas)s));

-- name: unit_areas  All areas a unit lies in, in every geography of the election.
SELECT n.code FROM unit u JOIN unit_node p USING (unit_no) JOIN node n USING (node_no)
WHERE u.election_no = %(election_no)s AND u.code = %(unit)s;

-- name: history  Every value a cell has held, from the ledger itself: newest first.
WITH version AS (
  SELECT e.position, e.stream_version, e.recorded_at, e.type, e.command_id,
         convert_from(e.state, 'UTF8')::json AS state,
         convert_from(e.state, 'UTF8')::json->'figures'->>%(key)s AS value
  FROM ledger.event e WHERE e.stream_id = %(stream_id)s AND e.position <= %(position)s AND e.type = ANY(%(types)s)
), chain AS (
  SELECT *, lag(value) OVER (ORDER BY position) AS previous FROM version WHERE value IS NOT NULL
)
SELECT h.position, h.stream_version, h.recorded_at, h.type, h.previous AS before, h.value AS after,
       (h.state->'supersedes'->>%(key)s)::bigint AS supersedes, h.state->>'reason_class' AS reason_class,
       c.person, c.office, c.role, c.on_behalf_of, c.channel, c.reason,
       (SELECT coalesce(json_agg(json_build_object('person', d.person, 'office', d.office, 'role', d.role) ORDER BY d.first), '[]')
        FROM (SELECT t.person, t.office, min(t.role) AS role, min(b.position) AS first
              FROM json_array_elements_text(h.state->'typed_at'->%(key)s) AS a(at)
              JOIN ledger.event b ON b.position = a.at::bigint JOIN ledger.command t ON t.command_id = b.command_id
              GROUP BY t.person, t.office) d) AS typed_by,
       coalesce((SELECT convert_from(s.state, 'UTF8')::json->'together' FROM ledger.event s
                 -- Cells with a reason of their own are a command before the one they came with: its cause.
                 WHERE s.stream_id = %(stream_id)s AND s.command_id IN (h.command_id, c.cause) AND s.type = 'ReturnSubmitted'
                   AND s.stream_version > h.stream_version LIMIT 1), '[]') AS together
FROM chain h JOIN ledger.command c USING (command_id)
WHERE %(before)s::bigint IS NULL OR h.position < %(before)s
ORDER BY h.position DESC LIMIT %(limit)s;

-- name: first_held  Since when a cell holds anything, from the ledger itself.
SELECT min(e.position) FROM ledger.event e
WHERE e.stream_id = %(stream_id)s AND e.position <= %(position)s AND e.type = ANY(%(types)s)
  AND convert_from(e.state, 'UTF8')::jsonb->'figures' ? %(key)s;

-- name: event
SELECT e.position, e.stream_id, e.stream_version, e.type, e.type_version, e.recorded_at, convert_from(e.state, 'UTF8') AS state,
       e.command_id, c.person, c.office, c.role, c.on_behalf_of, c.channel, c.reason
FROM ledger.event e JOIN ledger.command c USING (command_id)
WHERE e.position = %(wanted)s AND e.position <= %(position)s;

-- name: changed_areas  Areas whose totals in a layer moved after a position: for subscribers.
SELECT DISTINCT n.geography, n.code, n.level, c.contest, c.item
FROM total t JOIN cell c USING (cell_no) JOIN node n USING (node_no)
WHERE c.election_no = %(election_no)s AND t.position > %(after)s AND c.layer = %(layer)s AND c.form || '/' || c.slot = ANY(%(slots)s)
  AND (%(level)s::text IS NULL OR n.level = %(level)s)
ORDER BY 1, 3, 2, 4, 5 LIMIT %(limit)s;

-- name: levels  Levels of the areas with totals, in any geography of the election.
SELECT DISTINCT level FROM node WHERE election_no = %(election_no)s ORDER BY 1;

-- name: changed_lots  Contests of which a release after a position tells a lot anew, or that it was overtaken.
SELECT DISTINCT l->>'contest' FROM release r CROSS JOIN LATERAL json_array_elements(r.lots) l
WHERE r.election_no = %(election_no)s AND r.position > %(after)s AND r.form || '/' || r.slot = ANY(%(slots)s) AND l->>'kind' IS NOT NULL
ORDER BY 1;
