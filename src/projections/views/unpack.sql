-- A whole log unpacked outside the server, piece by piece from its end. search_path = views_vN, pg_temp.

-- name: unpack_elections
SELECT code, election_no FROM election;

-- name: unpack_units  With each unit's place among its election's, from 0.
SELECT e.code, u.code, u.unit_no, (row_number() OVER (PARTITION BY election_no ORDER BY unit_no DESC) - 1)::int
FROM unit u JOIN election e USING (election_no);

-- name: unpack_room  Once a process of the server has freed so much at a time, its allocator (glibc) keeps what it frees, up to twice as
-- much: it gave the memory of each piece back to the system otherwise, and had it again page by page, which was two fifths of the reading.
SELECT octet_length(repeat(repeat(' ', 4096), 4096));

-- name: unpack_piece  Events of some streams in (after, upto]: position, kind (with the stream, where it is that one's first event)
-- and state of each, the last first. Those without figures only where they are first. No JSON holds the byte between the states.
SELECT string_agg(position::text, ',' ORDER BY position DESC),
       string_agg(CASE WHEN stream_version = 1 THEN type || ' ' || stream_id ELSE type END, ',' ORDER BY position DESC),
       string_agg(state, '\x00' ORDER BY position DESC)
FROM ledger.event
WHERE position > %(after)s AND position <= %(upto)s AND stream_id BETWEEN %(low)s AND %(high)s
  AND (type = ANY(%(carriers)s) OR stream_version = 1 AND type = ANY(%(types)s));

-- name: unpack_intern  In one order in all workers, so that they never wait for each other in a circle.
INSERT INTO cell (election_no, form, slot, layer, key)
SELECT * FROM unnest(%(elections)s::int[], %(forms)s::text[], %(slots)s::text[], %(layers)s::text[], %(keys)s::text[])
ON CONFLICT DO NOTHING;

-- name: unpack_numbers
SELECT election_no, form, slot, layer, key, cell_no
FROM unnest(%(elections)s::int[], %(forms)s::text[], %(slots)s::text[], %(layers)s::text[], %(keys)s::text[])
  AS k(election_no, form, slot, layer, key) JOIN cell USING (election_no, form, slot, layer, key);

-- name: unpack_figures
COPY figure (cell_no, value, absence, position, unit_no) FROM STDIN (NULL '');

-- name: unpack_heads
COPY load_head (stream_id, election, form, slot, unit, election_no, unit_no) FROM STDIN;
