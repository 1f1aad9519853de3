-- Incidents. search_path = views_vN.

-- name: moved_incidents  Streams of units with a case that moved in (after, upto].
SELECT DISTINCT stream_id FROM ledger.event WHERE position > %(after)s AND position <= %(upto)s AND type = ANY(%(types)s);

-- name: put_incident
INSERT INTO incident (election, unit, number, position, told_at, facts, withdrawn, accepted, sent_back, released_at, released,
                      released_withdrawn)
VALUES (%(election)s, %(unit)s, %(number)s, %(position)s, %(told_at)s, %(facts)s, %(withdrawn)s, %(accepted)s, %(sent_back)s,
        %(released_at)s, %(released)s, %(released_withdrawn)s)
ON CONFLICT (election, unit, number) DO UPDATE SET
  position = excluded.position, told_at = excluded.told_at, facts = excluded.facts, withdrawn = excluded.withdrawn,
  accepted = excluded.accepted, sent_back = excluded.sent_back, released_at = excluded.released_at, released = excluded.released,
  released_withdrawn = excluded.released_withdrawn;
