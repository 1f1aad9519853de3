-- name: history  A long log: one pass over all units is a turn. 48 turns, spread evenly over the log, are of election e1:
-- six slots, four contests each, entered and later corrected. The others are returns nobody asks for here.
INSERT INTO ledger.event (position, stream_id, stream_version, type, type_version, command_id, recorded_at, state)
SELECT h.position + n + 1,
       CASE WHEN mine THEN streams[slot * units + unit + 1] ELSE md5('other' || turn / 8 || '/' || unit)::uuid END,
       CASE WHEN mine THEN k %% 8 ELSE turn %% 8 END + 1,
       CASE WHEN mine AND corrected THEN 'FiguresCorrected' ELSE 'FiguresEntered' END, 1,
       md5('command' || CASE WHEN mine THEN n ELSE -turn END)::uuid,
       start + n * interval '1 ms',
       convert_to(format('{"election":"%%s","figures":{%%s},"form":"night",%%s"slot":"s%%s",%%s"unit":"u%%s"}',
         CASE WHEN mine THEN 'e1' ELSE 'other' END,
         format('"c%%1$s|electors||":"%%2$s","c%%1$s|invalid||":"%%3$s","c%%1$s|valid||":"%%4$s","c%%1$s|voters||":"%%5$s"',
                contest, 90000 + n %% 7919, n %% 997, 40000 + n %% 6007, 50000 + n %% 6011),
         CASE WHEN mine AND corrected THEN '"reason_class":"typing_error",' ELSE '' END, slot + 1,
         CASE WHEN mine AND corrected THEN
           format('"supersedes":{"c%%1$s|electors||":%%2$s,"c%%1$s|invalid||":%%2$s,"c%%1$s|valid||":%%2$s,"c%%1$s|voters||":%%2$s},',
                  contest, h.position + n + 1 - 4 * stride * units) ELSE '' END,
         lpad((unit + 1)::text, 4, '0')), 'UTF8')
FROM (SELECT position, %(streams)s::uuid[] AS streams, %(units)s::bigint AS units, (%(events)s / %(units)s / 48)::bigint AS stride,
             timestamptz '2024-01-01 20:00+09' AS start FROM ledger.head) AS h,
generate_series(0, %(events)s - 1) AS n,
LATERAL (SELECT n / units AS turn, n %% units AS unit) AS t,
LATERAL (SELECT turn %% stride = 0 AND turn / stride < 48 AS mine, turn / stride AS k) AS w,
LATERAL (SELECT k / 8 AS slot, k %% 4 + 1 AS contest, k %% 8 >= 4 AS corrected) AS x;

-- name: commands  Of every event of e1, and one of every turn of the others.
INSERT INTO ledger.command (command_id, body_hash, first_position, last_position, recorded_at, person, office, role, channel, reason)
SELECT command_id, '', min(position), max(position), min(recorded_at), 'clerk ' || min(position) %% 997, 'office', 'ward', 'api', 'reason'
FROM ledger.event WHERE position > %(after)s GROUP BY command_id;

-- name: bulk_index  Filled without it, then made at once: what stands there at the end is the same.
ALTER TABLE ledger.event DROP CONSTRAINT event_stream_id_stream_version_key;

-- name: bulk_index_again
ALTER TABLE ledger.event ADD CONSTRAINT event_stream_id_stream_version_key UNIQUE (stream_id, stream_version);
