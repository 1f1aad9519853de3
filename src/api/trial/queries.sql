-- name: recorded  Of these commands: which the log holds, and how far each reached.
SELECT command_id::text, last_position FROM ledger.command WHERE command_id = ANY(%s::uuid[]);

-- name: handed_in_twice  Returns that more than one of these commands changed: each was to hand in one of its own.
SELECT count(*) FROM (
  SELECT stream_id FROM ledger.event WHERE command_id = ANY(%s::uuid[])
  GROUP BY stream_id HAVING count(DISTINCT command_id) > 1) AS twice;

-- name: holes  Positions that no event has, up to the head.
SELECT (SELECT position FROM ledger.head) - (SELECT count(*) FROM ledger.event);

-- name: synchronous  Standbys that every acknowledgement waits for.
SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum') AND state = 'streaming';

-- name: promote
SELECT pg_promote(wait => true);
