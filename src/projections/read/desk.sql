-- Where returns stand, what was declared, what went public, what a correction would move. search_path = the live views_vN.

-- name: board  Returns by status under every area of one level; `missing` are units that are asked and without a return. The
-- return of a divided unit stands for its parts that have none yet. Which return stands for each unit is looked up for all at once: unit
-- by unit, a slot's returns would be read as often as there are units.
WITH asked AS MATERIALIZED (
  SELECT unit_no, code FROM unit WHERE election_no = %(election_no)s AND code = ANY(%(asked)s)
), standing AS MATERIALIZED (
  SELECT DISTINCT ON (a.unit_no) a.unit_no, r.status, r.changed_at, m.method, m.places, m.of_places
  FROM (
    SELECT unit_no, unit_no AS from_no FROM asked
    UNION ALL
    SELECT u.unit_no, w.unit_no FROM unnest(%(wholes)s::text[], %(parts)s::text[]) AS d(whole, part)
    JOIN asked u ON u.code = d.part JOIN unit w ON w.election_no = %(election_no)s AND w.code = d.whole
  ) a
  JOIN return_case r ON r.election_no = %(election_no)s AND r.form = %(form)s AND r.slot = %(slot)s AND r.unit_no = a.from_no
  LEFT JOIN return_method m ON m.stream_id = r.stream_id AND m.layer = '' AND m.until IS NULL
  ORDER BY a.unit_no, r.status = 'missing', a.from_no <> a.unit_no
)
SELECT n.code, n.name, n.level,
       count(*) AS units,
       count(*) FILTER (WHERE c.status IS NULL OR c.status = 'missing') AS missing,
       count(*) FILTER (WHERE c.status = 'entered') AS entered,
       count(*) FILTER (WHERE c.status = 'submitted') AS submitted,
       count(*) FILTER (WHERE c.status = 'sent_back') AS sent_back,
       count(*) FILTER (WHERE c.status = 'approved') AS approved,
       count(*) FILTER (WHERE c.status = 'certified') AS certified,
       count(*) FILTER (WHERE c.status = 'withdrawn') AS withdrawn,
       max(c.changed_at), count(c.method), sum(c.places), sum(c.of_places)
FROM node n JOIN unit_node p USING (node_no) JOIN asked u USING (unit_no) LEFT JOIN standing c USING (unit_no)
WHERE n.election_no = %(election_no)s AND n.geography = %(geography)s AND n.level = %(level)s
  AND (%(areas)s::text[] IS NULL OR n.code = ANY(%(areas)s))
GROUP BY n.code, n.name, n.level ORDER BY n.code;

-- name: work  Returns that wait for somebody, oldest first; `units`: those the office reaches (null: all).
SELECT u.code, u.name, f.form, f.slot, coalesce(c.status, 'missing'), c.next_level, c.next_area, c.submitted_by, c.changed_at,
       coalesce(c.sent_back, '{}'), coalesce(c.edited_above, '{}'), coalesce(c.objected, '{}'),
       coalesce(m.method, 'full'), m.places, m.of_places,
       ARRAY(SELECT DISTINCT d.rule FROM discrepancy d WHERE d.stream_id = c.stream_id AND d.closed_at IS NULL ORDER BY d.rule)
FROM unit u CROSS JOIN unnest(%(forms)s::text[], %(slots)s::text[]) AS f(form, slot)
LEFT JOIN return_case c ON c.unit_no = u.unit_no AND c.form = f.form AND c.slot = f.slot
LEFT JOIN return_method m ON m.stream_id = c.stream_id AND m.layer = '' AND m.until IS NULL
WHERE u.election_no = %(election_no)s
  AND (%(units)s::text[] IS NULL OR u.code = ANY(%(units)s))
  AND CASE %(kind)s
        WHEN 'missing' THEN c.status IS NULL OR c.status IN ('missing', 'entered', 'withdrawn')
        WHEN 'sent_back' THEN c.status = 'sent_back'
        WHEN 'awaiting_approval' THEN c.next_area = %(area)s OR (%(area)s::text IS NULL AND c.next_level IS NOT NULL)
        WHEN 'edited_above' THEN cardinality(c.edited_above) > 0
        WHEN 'objected' THEN cardinality(c.objected) > 0
        WHEN 'to_explain' THEN c.status IN ('submitted', 'approved', 'sent_back')  -- those to ask the rules about
      END
  AND (%(after)s::text[] IS NULL OR (u.code, f.form, f.slot) > ((%(after)s::text[])[1], (%(after)s::text[])[2], (%(after)s::text[])[3]))
ORDER BY u.code, f.form, f.slot LIMIT %(limit)s;

-- name: discrepancies  The register. Beyond `units` (those the reader's office reaches; null: all) nothing
-- where `own_reach` asks so, else only what stands of slots that are public: what is not released is not told in another way, and a slip mended in time is nobody else's matter.
-- Words of reason are for the reach alone, as the commands have them now: erased ones stay erased.
SELECT u.code, u.name, c.form, c.slot, d.key, d.rule, d.difference, d.reason_class, d.declared_at, e.recorded_at, d.declared_office,
       d.confirmed, d.closed_at, d.correction, c.owner_office, z.recorded_at, w.declared,
       CASE WHEN z.type = 'DiscrepancyClosed' THEN nullif(convert_from(z.state, 'UTF8')::json->>'reason_class', '') END, w.closed
FROM discrepancy d JOIN return_case c USING (stream_id) JOIN unit u USING (unit_no)
JOIN ledger.event e ON e.position = d.declared_at LEFT JOIN ledger.event z ON z.position = d.closed_at
LEFT JOIN LATERAL (SELECT (SELECT k.reason FROM ledger.command k WHERE k.command_id = e.command_id) AS declared,
                          (SELECT k.reason FROM ledger.command k WHERE k.command_id = z.command_id) AS closed
                   WHERE %(units)s::text[] IS NULL OR u.code = ANY(%(units)s)) w ON true
WHERE c.election_no = %(election_no)s AND (NOT %(only_open)s OR d.closed_at IS NULL)
  AND (%(form)s::text IS NULL OR c.form = %(form)s) AND (%(slot)s::text IS NULL OR c.slot = %(slot)s) AND (%(unit)s::text IS NULL OR u.code = %(unit)s)
  AND (%(after)s::text[] IS NULL OR (d.declared_at, u.code, d.key) > ((%(after)s::text[])[1]::bigint, (%(after)s::text[])[2], (%(after)s::text[])[3]))
  AND (%(units)s::text[] IS NULL OR u.code = ANY(%(units)s)
       OR (NOT %(own_reach)s AND d.reason_class <> 'altered'
           AND EXISTS (SELECT FROM release r WHERE (r.election_no, r.form, r.slot) = (c.election_no, c.form, c.slot))))
ORDER BY d.declared_at, u.code, d.key LIMIT %(limit)s;

-- name: open_doubts  Of the register, what is open of all units: finding, unit, difference. Its plan is kept: the register's own is made anew for what is asked.
SELECT d.key, u.code, d.difference
FROM discrepancy d JOIN return_case c USING (stream_id) JOIN unit u USING (unit_no)
WHERE c.election_no = %(election_no)s AND d.closed_at IS NULL
ORDER BY d.declared_at LIMIT %(limit)s;

-- name: declared_returns  Returns that ever had a declared difference: those of `units`, and of slots public by then.
SELECT DISTINCT d.stream_id, %(units)s::text[] IS NULL OR u.code = ANY(%(units)s), u.code, u.name, c.form, c.slot
FROM discrepancy d JOIN return_case c USING (stream_id) JOIN unit u USING (unit_no)
WHERE c.election_no = %(election_no)s
  AND (%(units)s::text[] IS NULL OR u.code = ANY(%(units)s)
       OR EXISTS (SELECT FROM release r
                  WHERE (r.election_no, r.form, r.slot) = (c.election_no, c.form, c.slot) AND r.position <= %(upto)s));

-- name: deeds_until  Their events with who did them, up to a position.
SELECT e.position, e.stream_id, e.stream_version, e.recorded_at, e.command_id, e.type, e.type_version, e.state,
       c.person, c.office, c.role
FROM ledger.event e JOIN ledger.command c USING (command_id)
WHERE e.stream_id = ANY(%(streams)s) AND e.position <= %(upto)s ORDER BY e.position;

-- name: words_at  Position of an event → the words of reason of its command.
SELECT e.position, c.reason FROM ledger.event e JOIN ledger.command c USING (command_id)
WHERE e.position = ANY(%(positions)s) AND c.reason IS NOT NULL;

-- name: releases  Publications of a slot, latest first.
SELECT form, slot, number, release, position, upto, released_at, due, approved, expected, under_correction, changes,
       corrections, whole, incomplete, single_handed, lots, lot_notices, bases
FROM release WHERE election_no = %(election_no)s AND (%(form)s::text IS NULL OR form = %(form)s) AND (%(slot)s::text IS NULL OR slot = %(slot)s)
  AND position <= %(upto)s
ORDER BY position DESC LIMIT %(limit)s;

-- name: above_unit  Every area the unit counts towards with its totals of some cells, as entered.
SELECT n.geography, n.code, n.name, n.level, n.depth, k.key, t.value::text, coalesce(t.reported, 0), coalesce(t.counted, 0), x.units
FROM unit u JOIN unit_node p USING (unit_no) JOIN node n USING (node_no)
CROSS JOIN unnest(%(keys)s::text[]) AS k(key)
JOIN expected x ON x.node_no = n.node_no AND x.contest = split_part(k.key, '|', 1) AND x.form = %(kept)s
LEFT JOIN cell c ON (c.election_no, c.form, c.slot, c.layer, c.key) = (u.election_no, %(form)s, %(slot)s, '', k.key)
LEFT JOIN total_at t ON t.cell_no = c.cell_no AND t.place_no = n.place_no
WHERE u.election_no = %(election_no)s AND u.code = %(unit)s
ORDER BY n.geography, n.depth DESC, k.key;

-- name: others_pairs  Every area any of these units counts towards, with those that do: both sums of each rate, as entered, over
-- the other units that gave both parts; how many these are, and how many there are.
SELECT n.geography, n.code, n.name, n.level, m.units, r.top, r.bottom, coalesce(sum(a.value), 0)::text,
       coalesce(sum(b.value), 0)::text, count(a.value), count(b.value), coalesce(sum(coalesce(h.weight, 1)) FILTER (WHERE a.unit_no IS NOT NULL), 0)::int, x.units
FROM (SELECT p.node_no, array_agg(u.code ORDER BY u.code) AS units, array_agg(u.unit_no) AS numbers
      FROM unit u JOIN unit_node p USING (unit_no)
      WHERE u.election_no = %(election_no)s AND u.code = ANY(%(units)s) GROUP BY p.node_no) m
JOIN node n USING (node_no)
CROSS JOIN unnest(%(tops)s::text[], %(bottoms)s::text[]) AS r(top, bottom)
JOIN expected x ON x.node_no = n.node_no AND x.contest = split_part(r.top, '|', 1) AND x.form = %(kept)s
LEFT JOIN cell c ON (c.election_no, c.form, c.slot, c.layer, c.key) = (n.election_no, %(form)s, %(slot)s, '', r.top)
LEFT JOIN cell d ON (d.election_no, d.form, d.slot, d.layer, d.key) = (n.election_no, %(form)s, %(slot)s, '', r.bottom)
LEFT JOIN unit_node o ON o.node_no = n.node_no AND o.unit_no <> ALL(m.numbers)
LEFT JOIN (counting a JOIN counting b USING (unit_no)) ON a.unit_no = o.unit_no AND a.cell_no = c.cell_no AND b.cell_no = d.cell_no
LEFT JOIN former_weight h ON h.unit_no = a.unit_no AND h.contest = a.contest AND h.form = a.kept AND h.node_no = n.node_no
GROUP BY n.geography, n.depth, n.code, n.name, n.level, m.units, r.top, r.bottom, x.units ORDER BY n.geography, n.depth DESC, n.code;

-- name: standing  What a unit's cells hold in every slot and layer.
SELECT c.form, c.slot, c.layer, c.key, coalesce(f.value::text, '!' || f.absence), f.position
FROM unit u JOIN figure f USING (unit_no) JOIN cell c USING (cell_no)
WHERE u.election_no = %(election_no)s AND u.code = %(unit)s AND c.key = ANY(%(keys)s);

-- name: contest_totals  Every choice's total as entered in the contest's own area.
SELECT c.choice, coalesce(t.value, 0)::text
FROM node n JOIN cell c ON (c.election_no, c.form, c.slot, c.layer) = (n.election_no, %(form)s, %(slot)s, '')
  AND c.contest = %(contest)s AND c.item = %(item)s AND c.breakdown = ''
LEFT JOIN total_at t ON t.cell_no = c.cell_no AND t.place_no = n.place_no
WHERE n.election_no = %(election_no)s AND n.geography = %(geography)s AND n.code = %(area)s;

-- name: moved_slots  When a slot's returns or lots last moved, and how many of its returns are certified.
SELECT form, slot, max(position), count(*) FILTER (WHERE status = 'certified') FROM (
  SELECT form, slot, position, status FROM return_case WHERE election_no = %(election_no)s
  UNION ALL
  SELECT form, slot, greatest(position, confirmed_at), NULL FROM lot WHERE election_no = %(election_no)s
) m GROUP BY form, slot;

-- name: reconciliation  Cells of a slot beside the same cells of the slots it was filled from; first source wins. A source's
-- `contest`: its cells belong to that contest, which counts the same people; empty: to the cell's own.
SELECT DISTINCT ON (u.code, a.key) u.code, u.name, a.key, s.form, s.slot, coalesce(g.value::text, '!' || g.absence),
       coalesce(f.value::text, '!' || f.absence), g.position, f.position
FROM cell a
JOIN figure f USING (cell_no)
JOIN unit u USING (unit_no)
JOIN unnest(%(forms)s::text[], %(slots)s::text[], %(contests)s::text[]) WITH ORDINALITY AS s(form, slot, contest, n) ON true
JOIN cell b ON (b.election_no, b.form, b.slot, b.layer, b.key) = (a.election_no, s.form, s.slot, a.layer,
  CASE WHEN s.contest = '' THEN a.key ELSE s.contest || substr(a.key, strpos(a.key, '|')) END)
JOIN figure g ON g.cell_no = b.cell_no AND g.unit_no = f.unit_no
WHERE a.election_no = %(election_no)s AND a.form = %(form)s AND a.slot = %(slot)s AND a.layer = %(layer)s
  AND (%(units)s::text[] IS NULL OR u.code = ANY(%(units)s))
  AND (%(after)s::text[] IS NULL OR (u.code, a.key) > ((%(after)s::text[])[1], (%(after)s::text[])[2]))
  AND (NOT %(only_different)s OR (f.value, f.absence) IS DISTINCT FROM (g.value, g.absence))
ORDER BY u.code, a.key, s.n LIMIT %(limit)s;

-- name: partial_counts  Returns of a slot that rested on a sample or an estimate, as entered, at a position.
SELECT u.code, u.name, m.method, m.places, m.of_places
FROM return_method m JOIN return_case c USING (stream_id) JOIN unit u USING (unit_no)
WHERE c.election_no = %(election_no)s AND c.form = %(form)s AND c.slot = %(slot)s AND m.layer = ''
  AND m.since <= %(position)s AND (m.until IS NULL OR m.until > %(position)s)
ORDER BY u.code;

-- name: sampled_returns  Returns whose figures in a layer of a slot rested on a sample or an estimate at a position, and are of a contest.
SELECT u.code, u.name, m.method, m.places, m.of_places
FROM return_method m JOIN return_case c USING (stream_id) JOIN unit u USING (unit_no)
WHERE c.election_no = %(election_no)s AND c.form = %(form)s AND c.slot = %(slot)s AND m.layer = %(layer)s
  AND m.since <= %(position)s AND (m.until IS NULL OR m.until > %(position)s)
  AND EXISTS (SELECT FROM cell k JOIN figure f ON f.cell_no = k.cell_no AND f.unit_no = c.unit_no
              WHERE k.election_no = c.election_no AND k.form = c.form AND k.slot = c.slot AND k.layer = m.layer AND k.contest = %(contest)s)
ORDER BY u.code;
