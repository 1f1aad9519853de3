-- name: published  Every release of these elections, oldest first.
SELECT e.code, r.form, r.slot, r.number, r.release, r.position, r.released_at
FROM release r JOIN election e USING (election_no) WHERE e.code = ANY(%(elections)s)
ORDER BY r.position;
