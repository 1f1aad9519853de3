-- Rosters of elections to rows. What is much goes in by COPY, with numbers that are chosen outside.

-- name: node_numbers  Numbers of areas that stay do not change.
SELECT geography, code, node_no FROM node WHERE election_no = %(election_no)s;

-- name: new_node_numbers
SELECT nextval((SELECT pg_get_serial_sequence('node', 'node_no')::regclass))::int FROM generate_series(1, %(count)s);

-- name: drop_nodes
DELETE FROM node WHERE election_no = %(election_no)s;

-- name: put_nodes
COPY node (node_no, election_no, geography, code, level, name, name_en, depth, official_code, parent_no, place_no) FROM STDIN;

-- name: unit_numbers  A unit that no longer reports keeps its row, and its figures.
SELECT code, unit_no FROM unit WHERE election_no = %(election_no)s;

-- name: new_unit_numbers
SELECT nextval((SELECT pg_get_serial_sequence('unit', 'unit_no')::regclass))::int FROM generate_series(1, %(count)s);

-- name: drop_units
DELETE FROM unit WHERE election_no = %(election_no)s AND code = ANY(%(units)s);

-- name: put_units
COPY unit (unit_no, election_no, code, name) FROM STDIN;

-- name: put_places
COPY unit_node (unit_no, node_no, is_base) FROM STDIN;

-- name: put_across
COPY unit_across (unit_no, node_no) FROM STDIN;

-- name: put_contest_units
COPY contest_unit (election_no, contest, unit_no) FROM STDIN;

-- name: drop_kept_forms
DELETE FROM kept_form WHERE election_no = %(election_no)s;

-- name: put_kept_forms
INSERT INTO kept_form (election_no, form) SELECT %(election_no)s, unnest(%(kept_forms)s::text[]);

-- name: drop_parts
DELETE FROM unit_part WHERE unit_no IN (SELECT unit_no FROM unit WHERE election_no = %(election_no)s);

-- name: put_parts
INSERT INTO unit_part (contest, form, unit_no, part_no, reports, inside)
SELECT k.contest, k.form, u.unit_no, p.unit_no, k.reports, k.inside
FROM unnest(%(part_contest)s::text[], %(part_form)s::text[], %(whole)s::text[], %(part)s::text[], %(part_reports)s::boolean[], %(part_inside)s::boolean[])
  AS k(contest, form, whole, part, reports, inside)
JOIN unit u ON u.election_no = %(election_no)s AND u.code = k.whole
JOIN unit p ON p.election_no = %(election_no)s AND p.code = k.part;

-- name: drop_former
DELETE FROM former_unit WHERE unit_no IN (SELECT unit_no FROM unit WHERE election_no = %(election_no)s);

-- name: put_former
INSERT INTO former_unit (contest, form, unit_no, whole_nos, of_n, reports, dissolved)
SELECT k.contest, k.form, u.unit_no, ARRAY(
  SELECT w.unit_no FROM unnest(%(joined_contest)s::text[], %(joined_form)s::text[], %(joined_unit)s::text[], %(joined_whole)s::text[]) AS j(contest, form, unit, whole)
  JOIN unit w ON w.election_no = %(election_no)s AND w.code = j.whole WHERE j.contest = k.contest AND j.form = k.form AND j.unit = k.unit), k.of_n, k.reports, k.dissolved
FROM unnest(%(former_contest)s::text[], %(former_form)s::text[], %(former_unit)s::text[], %(former_of_n)s::boolean[], %(former_reports)s::boolean[],
  %(former_dissolved)s::boolean[]) AS k(contest, form, unit, of_n, reports, dissolved)
JOIN unit u ON u.election_no = %(election_no)s AND u.code = k.unit;

-- name: drop_weights
DELETE FROM former_weight WHERE unit_no IN (SELECT unit_no FROM unit WHERE election_no = %(election_no)s);

-- name: put_weights
INSERT INTO former_weight (contest, form, unit_no, node_no, weight)
SELECT k.contest, k.form, u.unit_no, n.node_no, k.weight
FROM unnest(%(weight_contest)s::text[], %(weight_form)s::text[], %(weight_unit)s::text[], %(weight_geography)s::text[], %(weight_area)s::text[], %(weight)s::smallint[])
  AS k(contest, form, unit, geography, area, weight)
JOIN unit u ON u.election_no = %(election_no)s AND u.code = k.unit
JOIN node n ON n.election_no = %(election_no)s AND n.geography = k.geography AND n.code = k.area;

-- name: drop_across
DELETE FROM unit_across WHERE unit_no IN (SELECT unit_no FROM unit WHERE election_no = %(election_no)s);

-- name: drop_places
DELETE FROM unit_node WHERE unit_no IN (SELECT unit_no FROM unit WHERE election_no = %(election_no)s);

-- name: drop_contest_units
DELETE FROM contest_unit WHERE election_no = %(election_no)s;

-- name: drop_expected
DELETE FROM expected WHERE node_no IN (SELECT node_no FROM node WHERE election_no = %(election_no)s);

-- name: put_expected  Of elections that have none; their areas' units, but those that others report for: their parts, their whole, or what was
-- merged into them.
INSERT INTO expected (node_no, contest, form, units, is_unit)
WITH form AS (
  SELECT election_no, '' AS form FROM unnest(%(elections)s::int[]) AS e(election_no)
  UNION ALL
  SELECT election_no, form FROM kept_form WHERE election_no = ANY(%(elections)s)
), counted AS (
  SELECT p.node_no, c.contest, k.form, count(*) AS units
  FROM form k JOIN contest_unit c USING (election_no) JOIN (SELECT unit_no, node_no FROM unit_node UNION ALL SELECT unit_no, node_no FROM unit_across) p USING (unit_no)
  WHERE NOT EXISTS (SELECT FROM former_unit d WHERE d.unit_no = c.unit_no AND d.contest = c.contest AND d.form = k.form AND NOT d.of_n)
  GROUP BY p.node_no, c.contest, k.form
)
SELECT k.node_no, k.contest, k.form, k.units,
       r.unit_no IS NOT NULL OR EXISTS (SELECT FROM former_unit d WHERE d.unit_no = u.unit_no AND d.contest = k.contest)
FROM counted k JOIN node n USING (node_no) LEFT JOIN unit u ON u.election_no = n.election_no AND u.code = n.code
LEFT JOIN contest_unit r ON r.election_no = n.election_no AND r.unit_no = u.unit_no AND r.contest = k.contest;

-- name: count_places  For the planner, before anything is joined with them.
ANALYZE election, node, unit, unit_node, contest_unit;

-- name: count_expected
ANALYZE expected;
