-- Totals of many areas: what these are called and their N by themselves, and their numbers by themselves.

-- name: areas_listed  Areas of a geography in which somebody votes on a contest, in the order of totals.
SELECT n.place_no, n.code, n.official_code, n.name, n.name_en, n.level, x.units AS expected
FROM node n JOIN expected x ON x.node_no = n.node_no AND x.contest = %(contest)s AND x.form = %(kept)s
WHERE n.election_no = %(election_no)s AND n.geography = %(geography)s
  AND (%(level)s::text IS NULL OR n.level = %(level)s) AND (%(parent_no)s::int IS NULL OR n.parent_no = %(parent_no)s)
ORDER BY n.code;

-- name: numbers_listed  Of each cell what totals at these places have, as texts of as many parts: place, value as JSON, units that reported.
-- {which}: of all areas a stretch of the index, of some these.
WITH wanted AS MATERIALIZED (
  SELECT cell_no, key FROM cell
  WHERE (election_no, form, slot, layer) = (%(election_no)s, %(form)s, %(slot)s, %(layer)s) AND key = ANY(%(keys)s)
)
SELECT (SELECT w.key FROM wanted w WHERE w.cell_no = t.cell_no), string_agg(t.place_no::text, ','),
       string_agg(CASE WHEN t.counted > 0 THEN '"' || trim_scale(t.value) || '"' ELSE 'null' END, ','), string_agg(t.reported::text, ',')
FROM total_at t
WHERE t.cell_no = ANY(ARRAY(SELECT cell_no FROM wanted)) AND {which}
GROUP BY t.cell_no;

-- name: places_between
t.place_no BETWEEN %(least)s AND %(most)s

-- name: places_given
t.place_no = ANY(%(places)s)

-- name: any_withheld  Whether a unit suppresses its figure of one of these cells.
SELECT EXISTS (
  SELECT FROM figure f
  WHERE f.absence = 'suppressed' AND f.cell_no = ANY(ARRAY(
    SELECT cell_no FROM cell
    WHERE (election_no, form, slot, layer) = (%(election_no)s, %(form)s, %(slot)s, %(layer)s) AND key = ANY(%(keys)s))));
