-- name: append  One call, many commands. Events go over in binary form: as text, a bulk command waits for its parameters.
SELECT outcome, first_position, last_position, recorded_at, conflict_stream, expected_version, actual_version
FROM ledger.append_v1(
  %s::uuid[], %s::bytea[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::uuid[],
  %s::text[], %s::int[], %b::uuid[], %b::int[], %b::text[], %b::smallint[], %b::bytea[]);

-- name: append_standing  The same, if what the commands were decided on still stands; else one row that says what moved.
SELECT outcome, first_position, last_position, recorded_at, conflict_stream, expected_version, actual_version
FROM ledger.append_v2(
  %s::uuid[], %s::bytea[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::uuid[],
  %s::text[], %s::int[], %b::uuid[], %b::int[], %b::text[], %b::smallint[], %b::bytea[],
  %b::uuid[], %b::int[], %s::text[], %s::bigint[]);

-- name: command_by_id  The stored outcome of a command.
SELECT body_hash, first_position, last_position, recorded_at FROM ledger.command WHERE command_id = %s;

-- name: command_record  Who did it.
SELECT command_id, first_position, last_position, recorded_at, person, office, role, on_behalf_of, channel, reason, cause
FROM ledger.command WHERE command_id = %s;

-- name: commands_of  What somebody did for an office in a time, in the order of the log.
SELECT command_id, first_position, last_position, recorded_at, person, office, role, on_behalf_of, channel, reason, cause
FROM ledger.command WHERE person = %s AND office = %s AND recorded_at >= %s AND recorded_at <= %s ORDER BY first_position
LIMIT %s;

-- name: disposable  What a disposal would erase: how many commands, the digest of their ids, and whose elections they are. Asked once:
-- without MATERIALIZED it would be for each of these.
WITH d AS MATERIALIZED (SELECT ledger.disposable_v1(%s, %s::uuid[], %s) AS ids)
SELECT cardinality(d.ids), ledger.digest_of_v1(d.ids),
       ARRAY(SELECT DISTINCT t.election FROM ledger.elections_of_v1(d.ids) t WHERE t.election IS NOT NULL ORDER BY 1)
FROM d;

-- name: words_left  Of each election, how many commands a disposal would erase.
SELECT election, count(*) FROM ledger.words_left_v1(NULL) w CROSS JOIN LATERAL unnest(w.elections) AS election GROUP BY election;

-- name: erased_for  What the database erased for a disposal.
SELECT cardinality(command_ids), files, addresses FROM ledger.erasure WHERE disposal = %s;

-- name: usage  What each office has recorded here in a time: commands, events, bytes of these; copies are of the log they come from.
SELECT c.office, count(DISTINCT c.command_id), count(*), sum(octet_length(e.state))::bigint
FROM ledger.command c JOIN ledger.event e ON e.position BETWEEN c.first_position AND c.last_position
WHERE (%(since)s::timestamptz IS NULL OR c.recorded_at >= %(since)s) AND (%(until)s::timestamptz IS NULL OR c.recorded_at < %(until)s)
  AND NOT EXISTS (SELECT FROM ledger.original o WHERE o.position = e.position)
GROUP BY c.office;

-- name: latest_change  Who changed a stream last.
SELECT c.office, c.person, e.recorded_at FROM ledger.event e JOIN ledger.command c USING (command_id)
WHERE e.stream_id = %s ORDER BY e.stream_version DESC LIMIT 1;

-- name: stream  All events of one stream.
SELECT position, stream_id, stream_version, recorded_at, command_id, type, type_version, state
FROM ledger.event WHERE stream_id = %s AND stream_version > %s ORDER BY stream_version;

-- name: streams  All events of several streams.
SELECT position, stream_id, stream_version, recorded_at, command_id, type, type_version, state
FROM ledger.event WHERE stream_id = ANY(%s) ORDER BY position;

-- name: of_page  Of the polling places of a unit the lists, and what was captured for one form and slot: all pages of an election stand in
-- one stream. Told by their bytes, which are canonical: to parse each takes five times as long. Whoever folds them goes by their fields.
SELECT position, stream_id, stream_version, recorded_at, command_id, type, type_version, state
FROM ledger.event WHERE stream_id = %(stream)s::uuid AND (type <> 'PlaceFiguresCaptured'
  OR (position(%(form)s::bytea IN state) > 0 AND position(%(slot)s::bytea IN state) > 0))
ORDER BY position;

-- name: of_types  Events of some types in several streams.
SELECT position, stream_id, stream_version, recorded_at, command_id, type, type_version, state
FROM ledger.event WHERE stream_id = ANY(%s) AND type = ANY(%s) ORDER BY position;

-- name: deeds  Events of several streams with who did them, by position.
SELECT e.position, e.stream_id, e.stream_version, e.recorded_at, e.command_id, e.type, e.type_version, e.state,
       c.person, c.office, c.role, c.on_behalf_of, c.reason
FROM ledger.event e JOIN ledger.command c USING (command_id)
WHERE e.stream_id = ANY(%(streams)s) AND (%(types)s::text[] IS NULL OR e.type = ANY(%(types)s))
ORDER BY e.position;

-- name: deeds_of_two  The same of a return and its draft, or of one stream twice: their number stands in the statement, so its plan is kept.
SELECT e.position, e.stream_id, e.stream_version, e.recorded_at, e.command_id, e.type, e.type_version, e.state,
       c.person, c.office, c.role, c.on_behalf_of, c.reason
FROM ledger.event e JOIN ledger.command c USING (command_id)
WHERE e.stream_id IN (%(stream)s::uuid, %(beside)s::uuid) AND (%(types)s::text[] IS NULL OR e.type = ANY(%(types)s))
ORDER BY e.position;

-- name: beforehand  What a command asks before it is decided, as of one moment: where the log ends, versions of the two streams it rests on, its own outcome
-- where it stands already, the deeds of the two streams it is about. One row at least. How many are asked for stands in the statement,
-- so its plan is kept. Commands one by one: kept from when they were few, it would read all of them, however many there are by now.
-- With a page, of polling places what is of that page, as in `of_page`, and how far their stream is.
SELECT (SELECT position FROM ledger.head),
       (SELECT coalesce(max(stream_version), 0) FROM ledger.event WHERE stream_id = %(definition)s::uuid),
       (SELECT coalesce(max(stream_version), 0) FROM ledger.event WHERE stream_id = %(registry)s::uuid),
       CASE WHEN %(form)s::bytea IS NOT NULL THEN (SELECT coalesce(max(stream_version), 0) FROM ledger.event WHERE stream_id = %(stream)s::uuid) END,
       own.body_hash, own.first_position, own.last_position, own.recorded_at,
       e.position, e.stream_id, e.stream_version, e.recorded_at, e.command_id, e.type, e.type_version, e.state,
       c.person, c.office, c.role, c.on_behalf_of, c.reason
FROM (SELECT) AS moment
LEFT JOIN ledger.command own ON own.command_id = %(command)s::uuid
LEFT JOIN (ledger.event e CROSS JOIN LATERAL (SELECT * FROM ledger.command WHERE command_id = e.command_id OFFSET 0) c)
  ON e.stream_id IN (%(stream)s::uuid, %(beside)s::uuid)
  AND (%(form)s::bytea IS NULL OR e.type <> 'PlaceFiguresCaptured'
       OR (position(%(form)s::bytea IN e.state) > 0 AND position(%(slot)s::bytea IN e.state) > 0))
ORDER BY e.position;

-- name: beforehand_of_many  The same without a page, of the deeds of many streams, as a command on many returns asks.
SELECT (SELECT position FROM ledger.head),
       (SELECT coalesce(max(stream_version), 0) FROM ledger.event WHERE stream_id = %(definition)s::uuid),
       (SELECT coalesce(max(stream_version), 0) FROM ledger.event WHERE stream_id = %(registry)s::uuid),
       NULL::int, own.body_hash, own.first_position, own.last_position, own.recorded_at,
       e.position, e.stream_id, e.stream_version, e.recorded_at, e.command_id, e.type, e.type_version, e.state,
       c.person, c.office, c.role, c.on_behalf_of, c.reason
FROM (SELECT) AS moment
LEFT JOIN ledger.command own ON own.command_id = %(command)s::uuid
LEFT JOIN (ledger.event e CROSS JOIN LATERAL (SELECT * FROM ledger.command WHERE command_id = e.command_id OFFSET 0) c)
  ON e.stream_id = ANY(%(streams)s::uuid[])
ORDER BY e.position;

-- name: doers  Who recorded the events at these positions, as the commands name them now (perhaps erased).
SELECT e.position, c.person, c.office, c.role FROM ledger.event e JOIN ledger.command c USING (command_id)
WHERE e.position = ANY(%s::bigint[]);

-- name: read  Events in the one total order.
SELECT position, stream_id, stream_version, recorded_at, command_id, type, type_version, state
FROM ledger.event WHERE position > %s ORDER BY position LIMIT %s;

-- name: every_of_types  Events of some types in the one total order: the whole log is read.
SELECT position, stream_id, stream_version, recorded_at, command_id, type, type_version, state
FROM ledger.event WHERE type = ANY(%s) ORDER BY position;

-- name: time
SELECT clock_timestamp();

-- name: position  The head as committed.
SELECT position FROM ledger.head;

-- name: elsewhere  Elections that are not written here.
SELECT election FROM ledger.elsewhere;

-- name: recorded_in  The log that recorded an event of which this one has a copy.
SELECT log FROM ledger.original WHERE position = %s;

-- name: version_at  A stream's version as of a position.
SELECT coalesce(max(stream_version), 0) FROM ledger.event WHERE stream_id = %s AND position <= %s;

-- name: stream_version  0 for a stream that does not exist.
SELECT coalesce(max(stream_version), 0) FROM ledger.event WHERE stream_id = %s;

-- name: stream_versions  Of several streams, in the order asked; 0 for one that does not exist.
SELECT coalesce((SELECT max(stream_version) FROM ledger.event WHERE stream_id = asked.stream_id), 0)
FROM unnest(%(streams)s::uuid[]) WITH ORDINALITY AS asked (stream_id, n) ORDER BY n;

-- name: both_stream_versions  Of two, as every command asks of its election and registry: their number stands in the statement, so its plan is kept.
SELECT coalesce((SELECT max(stream_version) FROM ledger.event WHERE stream_id = asked.stream_id), 0)
FROM unnest(ARRAY[(%(streams)s::uuid[])[1], (%(streams)s::uuid[])[2]]) WITH ORDINALITY AS asked (stream_id, n) ORDER BY n;

-- name: stream_forward  One stream's events between two versions, oldest first; limit null: all.
SELECT stream_id, stream_version, CASE type_version WHEN 1 THEN type ELSE type || '#' || type_version END, state
FROM ledger.event
WHERE stream_id = %(stream)s AND stream_version > %(gt)s::bigint AND stream_version <= %(lte)s::bigint
ORDER BY stream_version LIMIT %(limit)s::bigint;

-- name: stream_backward  The same, newest first.
SELECT stream_id, stream_version, CASE type_version WHEN 1 THEN type ELSE type || '#' || type_version END, state
FROM ledger.event
WHERE stream_id = %(stream)s AND stream_version > %(gt)s::bigint AND stream_version <= %(lte)s::bigint
ORDER BY stream_version DESC LIMIT %(limit)s::bigint;

-- name: first_definitions  How each election began that began after a position: which there are.
SELECT position, stream_id, stream_version, recorded_at, command_id, type, type_version, state
FROM ledger.event WHERE type = 'ElectionDefined' AND stream_version = 1 AND position > %s ORDER BY position;

-- name: notifications  The total order between two positions, both included; topics null: every type. Without copies: what this log
-- recorded; of a database that only gathers, all.
SELECT stream_id, stream_version, topic, state, position
FROM ledger.event e, LATERAL (SELECT CASE type_version WHEN 1 THEN type ELSE type || '#' || type_version END) t (topic)
WHERE position BETWEEN %(first)s::bigint AND %(last)s::bigint
  AND (%(topics)s::text[] IS NULL OR topic = ANY(%(topics)s::text[]))
  AND (%(copies)s OR NOT EXISTS (SELECT FROM ledger.original o WHERE o.position = e.position)
       OR EXISTS (SELECT FROM ledger.elsewhere w WHERE w.election = '*'))
ORDER BY position LIMIT %(limit)s::bigint;

-- name: listen  One notice for each append, sent at its commit.
LISTEN ledger;
