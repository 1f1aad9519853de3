-- name: entries  What the log commits to, in order; the columns are those of leaf.Entry.
SELECT e.position, e.stream_id, e.stream_version, e.type, e.type_version, e.recorded_at, e.command_id,
       c.role, c.channel, c.cause, c.person_seal, c.office_seal, c.on_behalf_of_seal, c.reason_seal, e.state
FROM ledger.event e JOIN ledger.command c USING (command_id)
WHERE e.position > %s AND e.position <= %s ORDER BY e.position LIMIT %s;

-- name: words  The same events' salts and words, as far as they are not erased.
SELECT c.person_salt, CASE WHEN c.person_salt IS NOT NULL THEN c.person END,
       c.office_salt, CASE WHEN c.office_salt IS NOT NULL THEN c.office END,
       c.on_behalf_of_salt, CASE WHEN c.on_behalf_of_salt IS NOT NULL THEN c.on_behalf_of END,
       c.reason_salt, CASE WHEN c.reason_salt IS NOT NULL THEN c.reason END
FROM ledger.event e JOIN ledger.command c USING (command_id)
WHERE e.position > %s AND e.position <= %s ORDER BY e.position LIMIT %s;

-- name: head
SELECT position FROM ledger.head;

-- name: tile
SELECT hashes FROM ledger.tile WHERE level = %s AND index = %s;

-- name: level_zero  Full tiles of leaf hashes.
SELECT index, hashes FROM ledger.tile WHERE level = 0 AND index >= %s AND index < %s ORDER BY index;

-- name: add_tile
INSERT INTO ledger.tile (level, index, hashes) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING;

-- name: last_checkpoint
SELECT size, origin, root, note FROM ledger.checkpoint ORDER BY size DESC LIMIT 1;

-- name: signed_roots  Of every checkpoint, its size and root.
SELECT size, root FROM ledger.checkpoint;

-- name: checkpoints  Between two sizes, both included.
SELECT size, origin, root, note FROM ledger.checkpoint WHERE size BETWEEN %s AND %s ORDER BY size;

-- name: signed_at
SELECT signed_at FROM ledger.checkpoint WHERE size = %s;

-- name: checkpoints_newest_first
SELECT size, origin, root, note FROM ledger.checkpoint ORDER BY size DESC;

-- name: covering  The first checkpoint that covers a position and that so many witnesses cosigned.
SELECT size, origin, root, note FROM ledger.checkpoint c
WHERE size >= %(position)s
  AND (%(cosigned)s = 0 OR (SELECT count(*) FROM ledger.cosignature s WHERE s.size = c.size) >= %(cosigned)s)
ORDER BY size LIMIT 1;

-- name: add_checkpoint
INSERT INTO ledger.checkpoint (size, origin, root, note) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING;

-- name: last_with_cosignatures  The last checkpoint that so many witnesses cosigned.
SELECT size, origin, root, note FROM ledger.checkpoint
WHERE size = (SELECT size FROM ledger.cosignature GROUP BY size HAVING count(*) >= %s ORDER BY size DESC LIMIT 1);

-- name: last_cosigned  How far each witness has followed.
SELECT witness, max(size) FROM ledger.cosignature GROUP BY witness;

-- name: cosignatures
SELECT size, line FROM ledger.cosignature WHERE size BETWEEN %s AND %s ORDER BY size, witness;

-- name: add_cosignature
INSERT INTO ledger.cosignature (size, witness, line) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING;

-- name: only_signer  One signer at a time; the lock ends with the session.
SELECT pg_try_advisory_lock(hashtext('reporting signer'));

-- name: release_signer
SELECT pg_advisory_unlock(hashtext('reporting signer'));

-- name: steady  One picture of the database until the end of the transaction.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;

-- name: erase  As the tables' owner only; how many commands lost their words, and how many files and addresses of the person are gone.
SELECT commands, files, addresses FROM ledger.erase_v2(%s, %s, %s, %s, %s);

-- name: tidy  Old row versions, and the planner's statistics: those quote the commonest names, for anybody to read.
VACUUM (ANALYZE) ledger.command, ops.upload, ops.upload_piece, ops.address, ops.delivery;
