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
