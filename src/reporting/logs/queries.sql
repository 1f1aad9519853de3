-- name: lock_head
SELECT ledger.lock_head_v1();

-- name: complete_until
SELECT head, at FROM ledger.complete_until_v1();

-- name: only_gathers
SELECT ledger.only_gathers_v1();

-- name: gathers
SELECT EXISTS (SELECT FROM ledger.elsewhere WHERE election = '*');

-- name: await
SELECT ledger.await_v1(%s, %s, %s);

-- name: elsewhere
SELECT log, address FROM ledger.elsewhere WHERE election = %s;

-- name: every_elsewhere
SELECT election, log, address FROM ledger.elsewhere WHERE election <> '*';

-- name: one_mover  One at a time in an installation: asked of the directory, let go at the end of it, or with the session of who died.
SELECT pg_try_advisory_lock(hashtext('reporting mover'));

-- name: moved
SELECT pg_advisory_unlock(hashtext('reporting mover'));

-- name: head
SELECT position FROM ledger.head;

-- name: source  Events between two positions as they were recorded, with what their commands say and what they are called elsewhere;
-- of one election (its code as JSON, and the stream of its definitions) or of all.
SELECT coalesce(o.source_position, e.position), e.stream_id, e.stream_version, e.type, e.type_version, e.recorded_at, e.command_id,
       c.role, c.channel, c.cause, c.person_seal, c.office_seal, c.on_behalf_of_seal, c.reason_seal, coalesce(o.state, e.state),
       e.position, coalesce(o.log, %(log)s), coalesce(o.taken_at, e.recorded_at),
       c.body_hash, c.person, c.office, c.on_behalf_of, c.reason, c.request_id,
       c.person_salt, c.office_salt, c.on_behalf_of_salt, c.reason_salt, n.logs, n.positions
FROM ledger.event e JOIN ledger.command c USING (command_id) LEFT JOIN ledger.original o USING (position)
LEFT JOIN LATERAL (
  SELECT array_agg(g.log ORDER BY g.log, g.source_position) AS logs,
         array_agg(g.source_position ORDER BY g.log, g.source_position) AS positions
  FROM ledger.origin g WHERE g.position = e.position
) n ON true
WHERE e.position > %(after)s AND e.position <= %(upto)s
  AND (%(marked)s::bytea IS NULL OR e.stream_id = %(defined)s
       OR position(%(marked)s IN e.state) > 0 AND NOT e.type = ANY (%(apart)s)
          AND convert_from(e.state, 'UTF8')::json->>'election' = %(election)s)
ORDER BY e.position LIMIT %(limit)s;

-- name: standing  What stands at these versions of these streams.
SELECT u.n::int, e.position, e.type, e.type_version, e.command_id, e.recorded_at, coalesce(o.state, e.state)
FROM unnest(%s::uuid[], %s::int[]) WITH ORDINALITY AS u(stream, version, n)
JOIN ledger.event e ON e.stream_id = u.stream AND e.stream_version = u.version LEFT JOIN ledger.original o USING (position);

-- name: called_here  What positions of other logs are called here: that very event, where it is of the same election
-- (or the log's own, which name any), else the last before it of the same election.
SELECT u.n::int, coalesce(
  (SELECT g.position FROM ledger.origin g
   WHERE g.log = u.log AND g.source_position = u.source AND (g.election = u.election OR u.election = '')),
  (SELECT g.position FROM ledger.origin g WHERE g.log = u.log AND g.election = u.election AND g.source_position < u.source
   ORDER BY g.source_position DESC LIMIT 1), 0)
FROM unnest(%s::text[], %s::text[], %s::bigint[]) WITH ORDINALITY AS u(log, election, source, n);

-- name: take_in  Binary, as text a bulk call waits for its parameters.
SELECT ledger.take_in_v1(
  %b::bigint[], %b::uuid[], %b::int[], %b::text[], %b::smallint[], %b::uuid[], %s::timestamptz[], %b::bytea[], %b::text[], %b::bigint[],
  %b::bytea[],
  %b::uuid[], %b::bytea[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::uuid[], %s::text[],
  %b::bytea[], %b::bytea[], %b::bytea[], %b::bytea[], %b::bytea[], %b::bytea[], %b::bytea[], %b::bytea[],
  %b::text[], %b::bigint[], %b::text[], %b::bigint[]);

-- name: cursors
SELECT log, position, head, erasures, looked_at FROM ledger.gathered;

-- name: gathered  Never back: of two that gather, the slower one meets what stands already.
INSERT INTO ledger.gathered (log, position, head, looked_at) VALUES (%(log)s, %(position)s, %(head)s, clock_timestamp())
ON CONFLICT (log) DO UPDATE SET position = greatest(gathered.position, excluded.position),
  head = greatest(gathered.head, excluded.head), looked_at = excluded.looked_at;

-- name: erasures  Which commands lost which of their words, after an erasure that was carried over.
SELECT r.erasure_no, c.command_id, c.person_salt IS NULL, c.office_salt IS NULL
FROM ledger.erasure r CROSS JOIN LATERAL unnest(r.command_ids) AS u(id) JOIN ledger.command c ON c.command_id = u.id
WHERE r.erasure_no > %s ORDER BY r.erasure_no;

-- name: erase_copies
SELECT ledger.erase_copies_v1(%s::uuid[], %s::boolean[], %s::boolean[]);

-- name: erased_upto
UPDATE ledger.gathered SET erasures = %s WHERE log = %s;

-- name: shared_version  What the directory has at a version of a stream that all logs share.
SELECT type, type_version, state FROM ledger.event WHERE stream_id = %s AND stream_version = %s;

-- name: stream_states  A stream as compared with another log's.
SELECT stream_version, type, type_version, state FROM ledger.event WHERE stream_id = %s ORDER BY stream_version;

-- name: copies  What is copied here, with what it is held against where it was recorded.
SELECT o.source_position, e.stream_id, e.stream_version, e.type, e.type_version, e.recorded_at, e.command_id,
       c.role, c.channel, c.cause, c.person_seal, c.office_seal, c.on_behalf_of_seal, c.reason_seal, coalesce(o.state, e.state),
       o.log, o.position, e.state
FROM ledger.original o LEFT JOIN ledger.event e USING (position) LEFT JOIN ledger.command c USING (command_id)
WHERE o.position > %s ORDER BY o.position LIMIT %s;

-- name: recorded_at_positions  The same of the log that recorded it; the columns are those of leaf.Entry.
SELECT e.position, e.stream_id, e.stream_version, e.type, e.type_version, e.recorded_at, e.command_id,
       c.role, c.channel, c.cause, c.person_seal, c.office_seal, c.on_behalf_of_seal, c.reason_seal, e.state
FROM ledger.event e JOIN ledger.command c USING (command_id) WHERE e.position = ANY (%s::bigint[]);

-- name: kinds_between  Positions of a log with what decides whether they are gathered.
SELECT position, type FROM ledger.event WHERE position > %s AND position <= %s AND NOT type = ANY (%s) ORDER BY position;

-- name: named_between  What of a log is here.
SELECT g.source_position FROM ledger.origin g JOIN ledger.event e USING (position)
WHERE g.log = %s AND g.source_position > %s AND g.source_position <= %s;

-- name: unfounded  Events of a reading database that no log is said to have recorded.
SELECT e.position FROM ledger.event e LEFT JOIN ledger.original o USING (position) WHERE o.position IS NULL ORDER BY 1 LIMIT 10;

-- name: left_here  Elections that moved away from here, by their last word.
SELECT convert_from(e.state, 'UTF8')::json->>'election', convert_from(e.state, 'UTF8')::json->>'to_log', e.position
FROM ledger.event e LEFT JOIN ledger.original o USING (position)
WHERE e.type = 'ElectionMovedAway' AND o.position IS NULL ORDER BY e.position;

-- name: said_copied
SELECT position, stream_id, stream_version, recorded_at, command_id, type, type_version, state
FROM ledger.event e WHERE type = %s AND NOT EXISTS (SELECT FROM ledger.original o WHERE o.position = e.position) ORDER BY position;

-- name: registries  By the first event of each.
SELECT DISTINCT convert_from(state, 'UTF8')::json->>'registry' FROM ledger.event
WHERE type IN ('GeographiesDeclared', 'AreasRegistered') AND stream_version = 1 ORDER BY 1;
