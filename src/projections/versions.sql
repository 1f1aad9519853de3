-- ops.projection: which version is live, and how far each has read.

-- name: live
SELECT version, state, position, error, shape FROM ops.projection WHERE state IN ('active', 'stopped');

-- name: lock_live  The fence: two projectors never write one version at the same time.
SELECT version, state, position, error, shape FROM ops.projection WHERE state IN ('active', 'stopped') FOR UPDATE;

-- name: enter_live  The same, and whether there is scratch space for a batch; unqualified names mean that version until the end of the transaction.
SELECT version, state, position, error, shape, to_regclass('pg_temp.batch_cell') IS NOT NULL,
       set_config('search_path', 'views_v' || version || ', pg_temp', true)
FROM ops.projection WHERE state IN ('active', 'stopped') FOR UPDATE;

-- name: one_maker  Only one session makes or switches versions at a time; ends with the session.
SELECT pg_try_advisory_lock(7203002);

-- name: release_maker
SELECT pg_advisory_unlock(7203002);

-- name: new_version
INSERT INTO ops.projection (state, shape) VALUES ('building', %s) RETURNING version;

-- name: create_schema
SELECT ops.create_view_schema_v1(%s);

-- name: unfinished
SELECT version FROM ops.projection WHERE state IN ('building', 'retired');

-- name: forget
DELETE FROM ops.projection WHERE version = %s;

-- name: advance
UPDATE ops.projection SET position = %(position)s, updated_at = clock_timestamp() WHERE version = %(version)s;

-- name: see_everything  What a reader's transaction is shown from now on (policies in views/schema.sql).
SELECT set_config('reporting.sees', 'everything', true);

-- name: claim  Views that are this build's in their tables are its own from now on.
UPDATE ops.projection SET shape = %(stamp)s WHERE version = %(version)s AND shape = %(before)s;

-- name: stop
UPDATE ops.projection SET state = 'stopped', error = %(error)s, updated_at = clock_timestamp() WHERE version = %(version)s AND state = 'active';

-- name: set_state
UPDATE ops.projection SET state = %(state)s, error = NULL, updated_at = clock_timestamp() WHERE version = %(version)s;

-- name: head
SELECT position FROM ledger.head;

-- name: kinds_between  The head, and what kinds of events stand after a position, up to another: how many of each, from where to where.
-- A dense log makes them as many as there are positions; anything else is a hole.
SELECT h.position, e.type, e.type_version, count(e.position), min(e.position), max(e.position)
FROM ledger.head h
LEFT JOIN ledger.event e ON e.position > %(after)s AND e.position <= least(h.position, %(upto)s)
GROUP BY h.position, e.type, e.type_version;

-- name: special_events  Definitions and events of older versions, in order.
SELECT position, stream_id, stream_version, recorded_at, command_id, type, type_version, state FROM ledger.event
WHERE position > %(after)s AND position <= %(upto)s AND type || ':' || type_version <> ALL(%(known)s) ORDER BY position;

-- name: rest_of_command  What a command says after a position: its events follow one another.
SELECT position, stream_id, stream_version, recorded_at, command_id, type, type_version, state FROM ledger.event
WHERE position > %(after)s
  AND position <= (SELECT last_position FROM ledger.command WHERE command_id = %(command)s) ORDER BY position;

-- name: tell  Subscribers: how far the views are, and whose figures moved (of twenty elections, which is what a notice has room for): those
-- of the step's own batch (views/fold.sql), however many returns there are.
SELECT pg_notify('views', json_build_object('position', %(upto)s::bigint, 'elections', ARRAY(
  SELECT e.code FROM election e WHERE EXISTS (
    SELECT FROM batch_return b WHERE b.election_no = e.election_no AND b.is_return) LIMIT 20))::text);

-- name: notify
SELECT pg_notify('views', %s);

-- name: position_of
SELECT position FROM ops.projection WHERE version = %s;

-- name: events_of  Events of some streams in order, up to a position.
SELECT position, stream_id, stream_version, recorded_at, command_id, type, type_version, state
FROM ledger.event WHERE stream_id = ANY(%s) AND position <= %s ORDER BY position;

-- name: page  Events in order, for the independent fold.
SELECT position, stream_id, stream_version, recorded_at, command_id, type, type_version, state
FROM ledger.event WHERE position > %s AND position <= %s ORDER BY position LIMIT %s;
