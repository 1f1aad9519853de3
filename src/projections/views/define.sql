-- Definitions to areas, nodes and units.

-- name: put_geography
INSERT INTO geography (registry, code, ordinal, definition)
VALUES (%(registry)s, %(code)s, (SELECT count(*) FROM geography WHERE registry = %(registry)s), %(definition)s)
ON CONFLICT (registry, code) DO UPDATE SET definition = excluded.definition;

-- name: put_area
INSERT INTO area (registry, geography, code, level, name, name_en, kana, parent, valid_from, valid_to, official_code)
VALUES (%(registry)s, %(geography)s, %(code)s, %(level)s, %(name)s, %(name_en)s, %(kana)s, %(parent)s, %(valid_from)s, %(valid_to)s, %(official_code)s)
ON CONFLICT (registry, geography, code, valid_from) DO UPDATE
SET level = excluded.level, name = excluded.name, name_en = excluded.name_en, kana = excluded.kana,
    parent = excluded.parent, valid_to = excluded.valid_to, official_code = excluded.official_code;

-- name: geographies
SELECT definition FROM geography WHERE registry = %s ORDER BY ordinal;

-- name: areas
SELECT geography, code, level, name, name_en, kana, parent, valid_from, valid_to, official_code FROM area WHERE registry = %s;

-- name: put_election
INSERT INTO election (code, registry, polling_date, is_test, definition, position)
VALUES (%(code)s, %(registry)s, %(polling_date)s, %(is_test)s, %(definition)s, %(position)s)
ON CONFLICT (code) DO UPDATE SET registry = excluded.registry, polling_date = excluded.polling_date,
  is_test = excluded.is_test, definition = excluded.definition, position = excluded.position;

-- name: elections_to_follow  Those of these registries, or of these codes.
SELECT election_no, definition, kept FROM election WHERE registry = ANY(%(registries)s) OR code = ANY(%(elections)s);

-- name: election_no
SELECT election_no FROM election WHERE code = %s;

-- name: put_kept  Goes before whatever else of a roster is put.
UPDATE election SET kept = %(kept)s, rosters = rosters + 1 WHERE election_no = %(election_no)s;

-- name: put_nodes  Numbers of areas that stay do not change.
INSERT INTO node (election_no, geography, code, level, name, name_en, depth, official_code)
SELECT %(election_no)s, * FROM unnest(%(geography)s::text[], %(code)s::text[], %(level)s::text[], %(name)s::text[],
  %(name_en)s::text[], %(depth)s::smallint[], %(official_code)s::text[])
ON CONFLICT (election_no, geography, code) DO UPDATE
SET level = excluded.level, name = excluded.name, name_en = excluded.name_en, depth = excluded.depth,
  official_code = excluded.official_code;

-- name: drop_nodes
DELETE FROM node n WHERE election_no = %(election_no)s
AND NOT EXISTS (SELECT FROM unnest(%(geography)s::text[], %(code)s::text[]) AS k(geography, code)
                WHERE k.geography = n.geography AND k.code = n.code);

-- name: link_nodes  Once the units are there.
UPDATE node n SET parent_no = p.node_no, place_no = coalesce(u.unit_no, n.node_no)
FROM unnest(%(geography)s::text[], %(code)s::text[], %(parent)s::text[], %(sole)s::text[]) AS k(geography, code, parent, sole)
LEFT JOIN node p ON p.election_no = %(election_no)s AND p.geography = k.geography AND p.code = k.parent
LEFT JOIN unit u ON u.election_no = %(election_no)s AND u.code = k.sole
WHERE n.election_no = %(election_no)s AND n.geography = k.geography AND n.code = k.code;

-- name: put_units  A unit that no longer reports keeps its row, and its figures.
INSERT INTO unit (election_no, code, name)
SELECT %(election_no)s, * FROM unnest(%(unit)s::text[], %(unit_name)s::text[])
ON CONFLICT (election_no, code) DO UPDATE SET name = excluded.name;

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

-- name: put_across
INSERT INTO unit_across (unit_no, node_no)
SELECT u.unit_no, n.node_no
FROM unnest(%(across_unit)s::text[], %(across_geography)s::text[], %(across_area)s::text[]) AS k(unit, geography, area)
JOIN unit u ON u.election_no = %(election_no)s AND u.code = k.unit
JOIN node n ON n.election_no = %(election_no)s AND n.geography = k.geography AND n.code = k.area;

-- name: drop_places
DELETE FROM unit_node WHERE unit_no IN (SELECT unit_no FROM unit WHERE election_no = %(election_no)s);

-- name: put_places
INSERT INTO unit_node (unit_no, node_no, is_base)
SELECT u.unit_no, n.node_no, k.is_base
FROM unnest(%(place_unit)s::text[], %(place_geography)s::text[], %(place_area)s::text[], %(place_base)s::boolean[])
  AS k(unit, geography, area, is_base)
JOIN unit u ON u.election_no = %(election_no)s AND u.code = k.unit
JOIN node n ON n.election_no = %(election_no)s AND n.geography = k.geography AND n.code = k.area;

-- name: drop_contest_units
DELETE FROM contest_unit WHERE election_no = %(election_no)s;

-- name: put_contest_units
INSERT INTO contest_unit (election_no, contest, unit_no)
SELECT %(election_no)s, k.contest, u.unit_no
FROM unnest(%(contest)s::text[], %(contest_unit)s::text[]) AS k(contest, unit)
JOIN unit u ON u.election_no = %(election_no)s AND u.code = k.unit;

-- name: drop_expected
DELETE FROM expected WHERE node_no IN (SELECT node_no FROM node WHERE election_no = %(election_no)s);

-- name: put_expected
INSERT INTO expected (node_no, contest, form, units, is_unit)
SELECT k.node_no, k.contest, k.form, k.units,
       EXISTS (SELECT FROM unit u JOIN contest_unit c USING (unit_no) WHERE u.election_no = n.election_no AND u.code = n.code AND c.contest = k.contest)
       OR EXISTS (SELECT FROM unit u JOIN former_unit f USING (unit_no) WHERE u.election_no = n.election_no AND u.code = n.code AND f.contest = k.contest)
FROM (
  SELECT p.node_no, c.contest, k.form, count(*) AS units
  FROM (SELECT '' AS form UNION ALL SELECT form FROM kept_form WHERE election_no = %(election_no)s) k CROSS JOIN contest_unit c
    JOIN (SELECT unit_no, node_no FROM unit_node UNION ALL SELECT unit_no, node_no FROM unit_across) p USING (unit_no)
  WHERE c.election_no = %(election_no)s
    AND NOT EXISTS (SELECT FROM former_unit d WHERE d.unit_no = c.unit_no AND d.contest = c.contest AND d.form = k.form AND NOT d.of_n)  -- its parts do, its whole, or what was merged into it
  GROUP BY p.node_no, c.contest, k.form
) k JOIN node n USING (node_no);
