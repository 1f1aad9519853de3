-- name: notices_read  How far a log has been read.
SELECT position FROM ops.notices_read WHERE application = %s;

-- name: read_on  No row: it has been read already.
INSERT INTO ops.notices_read AS r (application, position) VALUES (%s, %s)
ON CONFLICT (application) DO UPDATE SET position = excluded.position WHERE r.position < excluded.position
RETURNING position;

-- name: add_notice  Not of a copy: who was to be told of it was told from the log that recorded it.
INSERT INTO ops.notice (position, kind, election, form, slot, unit)
SELECT n.* FROM (VALUES (%s::bigint, %s, %s, %s, %s, %s)) AS n (position, kind, election, form, slot, unit)
WHERE NOT EXISTS (SELECT FROM ledger.original o WHERE o.position = n.position);
