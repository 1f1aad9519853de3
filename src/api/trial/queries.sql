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

-- name: now  Unix seconds.
SELECT extract(epoch FROM clock_timestamp())::float8;

-- name: backwards  Events recorded earlier than the one before them, and when the last one was (Unix seconds).
SELECT count(*) FILTER (WHERE e.recorded_at < e.before), extract(epoch FROM max(e.recorded_at))::float8
FROM (SELECT recorded_at, lag(recorded_at) OVER (ORDER BY position) AS before FROM ledger.event) e;

-- name: recorded_ahead  Commands at times after that one (Unix seconds).
SELECT count(*) FROM ledger.command WHERE recorded_at > to_timestamp(%s);
