-- Incidents.

-- name: incidents  Of an election, by unit and number; `units` null: of all.
SELECT unit, number, position, told_at, facts, withdrawn, accepted, sent_back, released_at, released, released_withdrawn FROM incident
WHERE election = %(election)s AND (%(units)s::text[] IS NULL OR unit = ANY(%(units)s))
  AND (%(unit)s::text IS NULL OR (unit, number) > (%(unit)s, %(number)s::integer))
  AND (NOT %(public)s OR released_at IS NOT NULL)
ORDER BY unit, number LIMIT %(most)s;

-- name: count_incidents
SELECT count(*) FROM incident
WHERE election = %(election)s AND (%(units)s::text[] IS NULL OR unit = ANY(%(units)s)) AND (NOT %(public)s OR released_at IS NOT NULL);
