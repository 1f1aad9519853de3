-- Where returns stand, and what went public. search_path = views_vN.

-- name: workflow_elections  Elections whose returns go through offices, and through which; of a definition nothing else is read.
SELECT election_no, definition->'workflow' FROM election WHERE definition->>'workflow' IS NOT NULL;

-- name: spans  First and last of each type in (after, upto]: one look instead of one for each of those who ask.
SELECT type, min(position), max(position) FROM ledger.event
WHERE position > %(after)s AND position <= %(upto)s AND type = ANY(%(types)s) GROUP BY type;

-- name: all_returns  Streams of all returns.
SELECT stream_id, election_no, form, slot, unit_no FROM return WHERE election_no = ANY(%(elections)s) ORDER BY stream_id;

-- name: moved_returns  Of those, what the batch of this transaction moved: by their key, however many returns there are.
SELECT stream_id, election_no, form, slot, unit_no FROM return
WHERE stream_id = ANY (ARRAY(SELECT stream_id FROM batch_return WHERE is_return)) AND election_no = ANY(%(elections)s) ORDER BY stream_id;

-- name: returns_between  Of some streams, the next after one.
SELECT stream_id, election_no, form, slot, unit_no FROM return
WHERE stream_id BETWEEN %(low)s AND %(high)s AND (%(after)s::uuid IS NULL OR stream_id > %(after)s) AND election_no = ANY(%(elections)s)
ORDER BY stream_id LIMIT %(limit)s;

-- name: deeds  Their events with who did them, up to a position.
SELECT e.position, e.stream_id, e.stream_version, e.recorded_at, e.command_id, e.type, e.type_version, e.state,
       c.person, c.office, c.role
FROM ledger.event e JOIN ledger.command c USING (command_id)
WHERE e.stream_id = ANY(%(streams)s) AND e.position <= %(upto)s ORDER BY e.position;

-- name: case_deeds  The same, each with its stream's place among those asked for, from 1, and without what no case is made of.
SELECT s.place, e.position, e.recorded_at, e.type, e.type_version, e.state, c.person, c.office, c.role
FROM unnest(%(streams)s::uuid[]) WITH ORDINALITY AS s(stream_id, place) JOIN ledger.event e USING (stream_id) JOIN ledger.command c USING (command_id)
WHERE e.position <= %(upto)s ORDER BY e.position;

-- name: released_deeds  What releases made public of these, in (after, upto].
SELECT e.position, e.stream_id, e.stream_version, e.recorded_at, e.command_id, e.type, e.type_version, e.state
FROM ledger.event e
WHERE e.stream_id = ANY(%(streams)s) AND e.position > %(after)s AND e.position <= %(upto)s ORDER BY e.position;

-- name: unit_codes
SELECT unit_no, code FROM unit WHERE election_no = ANY(%(elections)s);

-- name: unit_paths  Each unit, or each of some, and the areas that hold it in the workflow's geography, from below: level and code.
SELECT p.unit_no, u.code, n.level, n.code FROM unit_node p JOIN node n USING (node_no) JOIN unit u USING (unit_no)
WHERE n.election_no = %(election_no)s AND n.geography = %(geography)s AND (%(units)s::int[] IS NULL OR p.unit_no = ANY(%(units)s))
ORDER BY p.unit_no, n.depth DESC;

-- name: drop_cases  Before all are folded anew.
DELETE FROM discrepancy; DELETE FROM return_method; DELETE FROM return_case;

-- name: put_case
INSERT INTO return_case (stream_id, election_no, form, slot, unit_no, status, next_level, next_area, owner_office, submitted_by,
                         sent_back, edited_above, objected, position, changed_at)
VALUES (%(stream_id)s, %(election_no)s, %(form)s, %(slot)s, %(unit_no)s, %(status)s, %(next_level)s, %(next_area)s,
        %(owner_office)s, %(submitted_by)s, %(sent_back)s, %(edited_above)s, %(objected)s, %(position)s, %(changed_at)s)
ON CONFLICT (stream_id) DO UPDATE
SET status = excluded.status, next_level = excluded.next_level, next_area = excluded.next_area,
    owner_office = excluded.owner_office, submitted_by = excluded.submitted_by, sent_back = excluded.sent_back,
    edited_above = excluded.edited_above, objected = excluded.objected, position = excluded.position,
    changed_at = excluded.changed_at;

-- name: copy_cases  Where none of them stand.
COPY return_case (stream_id, election_no, form, slot, unit_no, status, next_level, next_area, owner_office, submitted_by,
                  sent_back, edited_above, objected, position, changed_at) FROM STDIN;

-- name: put_discrepancy
INSERT INTO discrepancy (stream_id, key, rule, difference, reason_class, declared_at, declared_office, confirmed, closed_at, correction)
VALUES (%(stream_id)s, %(key)s, %(rule)s, %(difference)s, %(reason_class)s, %(declared_at)s, %(declared_office)s, %(confirmed)s,
        %(closed_at)s, %(correction)s)
ON CONFLICT (stream_id, key) DO UPDATE
SET difference = excluded.difference, reason_class = excluded.reason_class, declared_at = excluded.declared_at,
    declared_office = excluded.declared_office, confirmed = excluded.confirmed, closed_at = excluded.closed_at,
    correction = excluded.correction;

-- name: put_releases
INSERT INTO release (election_no, form, slot, number, release, position, upto, released_at, due, approved, expected, under_correction, changes,
                     corrections, whole, incomplete, single_handed, lots, lot_notices, bases)
SELECT x.election_no, s.state->>'form', s.state->>'slot', (s.state->>'number')::int, s.state->>'release', s.position,
       (s.state->>'upto')::bigint, s.recorded_at, (s.state->>'due')::timestamptz, (s.state->>'approved')::int,
       (s.state->>'expected')::int, (s.state->'under_correction')::json, (s.state->'changes')::json,
       coalesce((s.state->>'corrections')::int, (s.state->>'number')::int - 1), (s.state->>'whole')::int,
       coalesce((s.state->'incomplete')::json, '[]'), coalesce((s.state->'single_handed')::json, '[]'),
       coalesce((s.state->'lots')::json, '[]'), coalesce((s.state->>'lot_notices')::int, 0),
       coalesce((s.state->'bases')::json, '[]')
FROM (
  SELECT position, recorded_at, convert_from(state, 'UTF8')::jsonb AS state FROM ledger.event
  WHERE position > %(after)s AND position <= %(upto)s AND type = 'SlotReleased'
) s JOIN election x ON x.code = s.state->>'election'
ON CONFLICT DO NOTHING;

-- name: put_method
INSERT INTO return_method (stream_id, layer, method, places, of_places, since, until)
VALUES (%(stream_id)s, %(layer)s, %(method)s, %(places)s, %(of_places)s, %(since)s, %(until)s)
ON CONFLICT (stream_id, layer, since) DO UPDATE SET until = excluded.until;

-- name: partial_returns  Returns that ever rested on a sample or an estimate: few, of a night.
SELECT DISTINCT m.stream_id, e.code, c.form, c.slot, u.code
FROM return_method m JOIN return_case c USING (stream_id) JOIN unit u USING (unit_no) JOIN election e ON e.election_no = c.election_no
WHERE m.layer = '';

-- name: end_released_method
UPDATE return_method SET until = %(position)s
WHERE stream_id = %(stream_id)s AND layer = '+released' AND until IS NULL;

-- name: put_released_method  As the release says; of version 1, as the return rested at that moment.
INSERT INTO return_method (stream_id, layer, method, places, of_places, since)
SELECT %(stream_id)s, '+released', s.method, s.places, s.of_places, %(position)s
FROM (SELECT %(method)s::text AS method, %(places)s::int AS places, %(of_places)s::int AS of_places WHERE %(method)s::text IS NOT NULL
      UNION ALL
      SELECT m.method, m.places, m.of_places FROM return_method m
      WHERE %(method)s::text IS NULL AND m.stream_id = %(stream_id)s AND m.layer = ''
        AND m.since <= %(position)s AND (m.until IS NULL OR m.until > %(position)s)) s
WHERE s.method <> 'full';
