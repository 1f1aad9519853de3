-- Polling places. search_path = views_vN.

-- name: moved_polling_places  Streams of units whose places moved in (after, upto].
SELECT DISTINCT stream_id FROM ledger.event
WHERE position > %(after)s AND position <= %(upto)s AND type = ANY(%(types)s);

-- name: drop_polling_places  A later list replaces the former one whole.
DELETE FROM polling_place p USING (
  SELECT convert_from(state, 'UTF8')::jsonb AS state FROM ledger.event
  WHERE stream_id = ANY(%(streams)s) AND position > %(after)s AND position <= %(upto)s AND type = 'PollingPlacesRegistered'
) e WHERE p.election = e.state->>'election' AND p.unit = e.state->>'unit';

-- name: put_polling_places
INSERT INTO polling_place (election, unit, at, number, kind, name, district, address, address_code, facility, opens, closes, valid_from,
                           valid_to, position)
SELECT e.state->>'election', e.state->>'unit', p.at, p.place->>'number', p.place->>'kind', p.place->>'name', p.place->>'district',
       p.place->>'address', p.place->>'address_code', p.place->>'facility', p.place->>'opens', p.place->>'closes',
       (p.place->>'valid_from')::date, (p.place->>'valid_to')::date, e.position
FROM (
  SELECT DISTINCT ON (stream_id) position, convert_from(state, 'UTF8')::jsonb AS state FROM ledger.event
  WHERE stream_id = ANY(%(streams)s) AND position > %(after)s AND position <= %(upto)s AND type = 'PollingPlacesRegistered'
  ORDER BY stream_id, position DESC
) e, jsonb_array_elements(e.state->'places') WITH ORDINALITY AS p (place, at);

-- name: put_place_captures  The last value of each cell of a place.
WITH e AS (
  SELECT position, convert_from(state, 'UTF8')::jsonb AS state FROM ledger.event
  WHERE stream_id = ANY(%(streams)s) AND position > %(after)s AND position <= %(upto)s AND type = 'PlaceFiguresCaptured'
), last AS (
  SELECT DISTINCT ON (1, 2, 3, 4, 5, 6) state->>'election' AS election, state->>'unit' AS unit, state->>'form' AS form,
         state->>'slot' AS slot, state->>'number' AS number, f.key, f.value, position
  FROM e, jsonb_each(state->'figures') AS f ORDER BY 1, 2, 3, 4, 5, 6, position DESC
)
INSERT INTO place_capture (election, unit, form, slot, number, figures, position)
SELECT election, unit, form, slot, number, jsonb_object_agg(key, value), max(position) FROM last GROUP BY 1, 2, 3, 4, 5
ON CONFLICT (election, form, slot, unit, number) DO UPDATE
SET figures = place_capture.figures || excluded.figures, position = excluded.position;

-- name: polling_places_grew  To more than twice of what was counted.
SELECT bool_or(pg_relation_size(oid) > 2 * relpages * current_setting('block_size')::bigint) FROM pg_class
WHERE oid IN ('polling_place'::regclass, 'place_capture'::regclass);

-- name: count_polling_places  For the planner.
ANALYZE polling_place, place_capture;
