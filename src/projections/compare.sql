-- One version of the views as rows of codes, never of local numbers. {schema}: its name; {mark}: the table.

-- name: figures
SELECT '{mark}', e.code, c.form, c.slot, c.layer, u.code, c.key, f.value, f.absence, f.position
FROM {schema}.figure f JOIN {schema}.cell c USING (cell_no) JOIN {schema}.unit u USING (unit_no)
JOIN {schema}.election e ON e.election_no = u.election_no

-- name: totals  A total that was emptied again equals one that never was.
SELECT '{mark}', e.code, c.form, c.slot, c.layer, n.geography || '/' || n.code, c.key, t.value, t.reported || '/' || t.counted, NULL::bigint
FROM {schema}.total t JOIN {schema}.cell c USING (cell_no) JOIN {schema}.node n USING (node_no)
JOIN {schema}.election e ON e.election_no = n.election_no

-- name: expected
SELECT '{mark}', e.code, x.contest, x.form, n.geography || '/' || n.code, coalesce(p.code, ''), x.units, NULL, NULL::bigint
FROM {schema}.expected x JOIN {schema}.node n USING (node_no) LEFT JOIN {schema}.node p ON p.node_no = n.parent_no
JOIN {schema}.election e ON e.election_no = n.election_no

-- name: returns
SELECT '{mark}', e.code, r.form, r.slot, u.code, r.stream_id::text, r.stream_version, NULL, r.last_position
FROM {schema}.return r JOIN {schema}.unit u USING (unit_no) JOIN {schema}.election e ON e.election_no = r.election_no

-- name: cases
SELECT '{mark}', e.code, r.form, r.slot, u.code, r.status || coalesce('/' || r.next_level, ''), r.position,
       array_to_string(r.sent_back || r.edited_above || r.objected, ','), NULL::bigint
FROM {schema}.return_case r JOIN {schema}.unit u USING (unit_no) JOIN {schema}.election e ON e.election_no = r.election_no

-- name: methods
SELECT '{mark}', e.code, r.form, r.slot, m.layer, u.code, m.method, m.since, concat_ws('/', m.places, m.of_places, m.until), NULL::bigint
FROM {schema}.return_method m JOIN {schema}.return_case r USING (stream_id) JOIN {schema}.unit u USING (unit_no)
JOIN {schema}.election e ON e.election_no = r.election_no

-- name: releases
SELECT '{mark}', e.code, r.form, r.slot, r.number::text, r.release, r.position, r.approved || '/' || r.expected || r.lots::text, NULL::bigint
FROM {schema}.release r JOIN {schema}.election e USING (election_no)

-- name: lots
SELECT '{mark}', e.code, l.form, l.slot, l.contest || '/' || l.item, l.position::text,
       array_to_string(l.among, ',') || '>' || array_to_string(l.winners, ','),
       concat_ws('/', l.votes, l.source_class, l.override, l.alone, coalesce(l.confirmed_at, 0), coalesce(l.replaced_at, 0), coalesce(l.broken_at, 0)),
       l.position
FROM {schema}.lot l JOIN {schema}.election e USING (election_no)

-- name: polling_places
SELECT '{mark}', p.election, p.unit, p.at, p.number, p.kind, p.name,
       concat_ws('/', coalesce(p.district, '-'), coalesce(p.address, '-'), coalesce(p.address_code, '-'), coalesce(p.facility, '-'), coalesce(p.opens, '-'),
                 coalesce(p.closes, '-'), coalesce(p.valid_from::text, '-'), coalesce(p.valid_to::text, '-')), p.position
FROM {schema}.polling_place p

-- name: place_captures  One row for a page of a unit: there are as many places as returns a dozen times over.
SELECT '{mark}', c.election, c.unit, c.form, c.slot, count(DISTINCT c.number), max(c.position),
       md5(string_agg(c.number || ' ' || f.key || '=' || f.value || ' ' || c.says::int, ',' ORDER BY c.number COLLATE "C", f.key COLLATE "C"))
FROM {schema}.place_capture c, jsonb_each_text(c.figures) f GROUP BY c.election, c.unit, c.form, c.slot

-- name: incidents
SELECT '{mark}', i.election, i.unit, i.number, i.position, i.told_at, i.withdrawn::text, i.facts::text,
       concat_ws('/', array_to_string(i.accepted, ','), coalesce(i.sent_back, '-'), coalesce(i.released_at, 0), coalesce(i.released::text, '-'),
                 coalesce(i.released_withdrawn::text, '-'))
FROM {schema}.incident i

-- name: figures_in_order  As Python sorts the same texts. Sorted by numbers: codes are compared once for each cell and unit.
WITH cell_at AS MATERIALIZED (
  SELECT c.cell_no, e.code AS election, c.form, c.slot, c.layer, c.key,
         row_number() OVER (ORDER BY e.code COLLATE "C", c.form COLLATE "C", c.slot COLLATE "C", c.layer COLLATE "C", c.key COLLATE "C") AS at
  FROM {schema}.cell c JOIN {schema}.election e USING (election_no)
), unit_at AS MATERIALIZED (
  SELECT unit_no, code, row_number() OVER (ORDER BY code COLLATE "C") AS at FROM {schema}.unit
)
SELECT c.election, c.form, c.slot, c.layer, c.key, u.code, f.value, f.absence, f.position
FROM {schema}.figure f JOIN cell_at c USING (cell_no) JOIN unit_at u USING (unit_no) ORDER BY c.at, u.at

-- name: totals_in_order
WITH cell_at AS MATERIALIZED (
  SELECT c.cell_no, e.code AS election, c.form, c.slot, c.layer, c.key,
         row_number() OVER (ORDER BY e.code COLLATE "C", c.form COLLATE "C", c.slot COLLATE "C", c.layer COLLATE "C", c.key COLLATE "C") AS at
  FROM {schema}.cell c JOIN {schema}.election e USING (election_no)
), node_at AS MATERIALIZED (
  SELECT place_no, label, row_number() OVER (ORDER BY label COLLATE "C") AS at
  FROM (SELECT place_no, geography || '/' || code AS label FROM {schema}.node) n
)
SELECT c.election, c.form, c.slot, c.layer, c.key, n.label, t.value, t.reported || '/' || t.counted, NULL::bigint
FROM {schema}.total_at t JOIN cell_at c USING (cell_no) JOIN node_at n USING (place_no) ORDER BY c.at, n.at


-- name: pair_cells  By which number each version knows a kind of figure; `upto`: figures there can be up to here, all cells in one order.
CREATE TEMP TABLE same_cell ON COMMIT DROP AS
WITH l AS (
  SELECT c.cell_no, e.code AS election, c.form, c.slot, c.layer, c.key, u.units
  FROM {live}.cell c JOIN {live}.election e USING (election_no)
  LEFT JOIN (SELECT election_no, count(*) AS units FROM {live}.unit GROUP BY 1) u USING (election_no)
), r AS (
  SELECT c.cell_no, e.code AS election, c.form, c.slot, c.layer, c.key, u.units
  FROM {rebuilt}.cell c JOIN {rebuilt}.election e USING (election_no)
  LEFT JOIN (SELECT election_no, count(*) AS units FROM {rebuilt}.unit GROUP BY 1) u USING (election_no)
)
SELECT l.cell_no AS live_no, r.cell_no AS rebuilt_no, (row_number() OVER by_number)::int AS at,
       (sum(coalesce(l.units, r.units, 0) + 1) OVER by_number)::bigint AS upto
FROM l FULL JOIN r USING (election, form, slot, layer, key) WINDOW by_number AS (ORDER BY l.cell_no, r.cell_no);
ANALYZE same_cell;

-- name: pair_places  The same of units and areas, whose numbers never meet; of the live version, NULL where the other has no such unit or area.
CREATE TEMP TABLE same_place ON COMMIT DROP AS
SELECT l.unit_no AS live_no, r.unit_no AS rebuilt_no FROM {live}.unit l JOIN {live}.election d USING (election_no)
LEFT JOIN ({rebuilt}.unit r JOIN {rebuilt}.election e USING (election_no)) ON e.code = d.code AND r.code = l.code
UNION ALL
SELECT l.node_no, r.node_no FROM {live}.node l JOIN {live}.election d USING (election_no)
LEFT JOIN ({rebuilt}.node r JOIN {rebuilt}.election e USING (election_no)) ON e.code = d.code AND r.geography = l.geography AND r.code = l.code;
ANALYZE same_place;

-- name: pairs_last
SELECT coalesce(max(upto), 0) FROM same_cell;

-- name: pairs_end
DROP TABLE same_cell, same_place;

-- name: unlike_places  How many areas have their totals elsewhere than in the other version. Counted, as what follows: a plan that hopes for
-- the first of them reads all for each.
SELECT count(*) FROM {live}.node l JOIN same_place s ON s.live_no = l.node_no LEFT JOIN {rebuilt}.node r ON r.node_no = s.rebuilt_no
LEFT JOIN same_place p ON p.live_no = l.place_no
WHERE r.node_no IS NULL OR r.place_no IS DISTINCT FROM p.rebuilt_no OR (r.place_no IS NULL) <> (l.place_no IS NULL)
   OR (SELECT count(*) FROM {live}.node) <> (SELECT count(*) FROM {rebuilt}.node);

-- name: unlike  Rows of a table, of some cells, that stand in one version only, or otherwise. `number`: its column of the unit or area; the
-- three others are held against each other.
SELECT count(*) FROM (
  SELECT c.at, p.rebuilt_no AS place, t.{first}, t.{second}, t.{third} FROM same_cell c
  JOIN {live}.{table} t ON t.cell_no = c.live_no JOIN same_place p ON p.live_no = t.{number} WHERE c.upto > %(after)s AND c.upto <= %(upto)s
) l FULL JOIN (
  SELECT c.at, t.{number} AS place, t.{first}, t.{second}, t.{third} FROM same_cell c
  JOIN {rebuilt}.{table} t ON t.cell_no = c.rebuilt_no WHERE c.upto > %(after)s AND c.upto <= %(upto)s
) r USING (at, place)
WHERE (l.{first}, l.{second}, l.{third}) IS DISTINCT FROM (r.{first}, r.{second}, r.{third});
