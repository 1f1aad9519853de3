-- Polling places over many units.

-- name: place_board  By unit: places that a slot expects something of, those of which something is there, numbers of the others.
WITH expected AS (
  SELECT DISTINCT ON (unit, number) unit, number, at FROM polling_place
  WHERE election = %(election)s AND kind = ANY(%(kinds)s) AND unit = ANY(%(units)s)
    AND CASE WHEN kind = ANY(%(on_the_day)s)
             THEN coalesce(valid_from <= %(polling_date)s, true) AND coalesce(%(polling_date)s < valid_to, true)
             ELSE coalesce(valid_from <= %(day)s, true) END
  ORDER BY unit, number, at
), there AS (
  SELECT unit, number, position FROM place_capture
  WHERE election = %(election)s AND form = %(form)s AND slot = %(slot)s AND unit = ANY(%(units)s) AND says
)
SELECT unit, count(*), count(t.number), coalesce(array_agg(e.number ORDER BY e.at) FILTER (WHERE t.number IS NULL), '{}'), max(t.position)
FROM expected e FULL JOIN there t USING (unit, number) GROUP BY unit ORDER BY unit;

-- name: units_with_places  Of these units.
SELECT DISTINCT unit FROM polling_place WHERE election = %(election)s AND unit = ANY(%(units)s);
