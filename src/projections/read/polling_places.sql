-- Polling places over many units.

-- name: place_board  By unit: places that a slot expects something of, each as its place in the list and its number; numbers of those of
-- which something is there; position of the last that arrived. Grouped once, by unit: which place is the other's is told from
-- the few of a unit, and not by grouping all places of a nation. {which}: of many units a stretch of the index, also with strangers
-- among them, of few these; no `= ANY`, of which planning would weigh each. What is no place of the list, or none that arrived, is NULL,
-- which the sums pass over. Most places stand without dates: their day is not weighed.
SELECT unit, joined(place), joined(there), max(position)
FROM (
  SELECT unit, at || ' ' || number || ' ' AS place, NULL AS there, NULL::bigint AS position FROM polling_place
  WHERE election = %(election)s AND {which} AND kind = ANY(%(kinds)s)
    AND (valid_from IS NULL AND valid_to IS NULL
         OR CASE WHEN kind = ANY(%(on_the_day)s)
                 THEN coalesce(valid_from <= %(polling_date)s, true) AND coalesce(%(polling_date)s < valid_to, true)
                 ELSE coalesce(valid_from <= %(day)s, true) END)
  UNION ALL
  SELECT unit, NULL, number || ' ', position FROM place_capture
  WHERE election = %(election)s AND form = %(form)s AND slot = %(slot)s AND {which} AND says
) told GROUP BY unit;

-- name: units_between
unit BETWEEN %(least)s AND %(most)s

-- name: units_given
unit IN (SELECT unnest(%(units)s::text[]))

-- name: units_with_places  Of these units.
SELECT DISTINCT unit FROM polling_place WHERE election = %(election)s AND unit = ANY(%(units)s);
