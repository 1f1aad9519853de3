-- Polling places over many units.

-- name: place_board  By unit: places that a slot expects something of, those of which something is there, position of the last that
-- arrived, whether the slot expects any; numbers of the others and where these stand in the list, in no order: to sort them here would sort
-- every place. Units are no `= ANY`, of which planning would weigh each.
SELECT unit, count(*), count(position), max(position), count(at) > 0,
       array_agg(number) FILTER (WHERE position IS NULL), array_agg(at) FILTER (WHERE position IS NULL)
FROM (
  SELECT unit, number, min(at) AS at, max(position) AS position FROM (
    SELECT unit, number, at, NULL::bigint AS position FROM polling_place
    WHERE election = %(election)s AND unit IN (SELECT unnest(%(units)s::text[])) AND kind = ANY(%(kinds)s)
      AND CASE WHEN kind = ANY(%(on_the_day)s)
               THEN coalesce(valid_from <= %(polling_date)s, true) AND coalesce(%(polling_date)s < valid_to, true)
               ELSE coalesce(valid_from <= %(day)s, true) END
    UNION ALL
    SELECT unit, number, NULL, position FROM place_capture
    WHERE election = %(election)s AND form = %(form)s AND slot = %(slot)s AND unit IN (SELECT unnest(%(units)s::text[])) AND says
  ) told GROUP BY unit, number
) place GROUP BY unit ORDER BY unit;

-- name: units_with_places  Of these units.
SELECT DISTINCT unit FROM polling_place WHERE election = %(election)s AND unit = ANY(%(units)s);
