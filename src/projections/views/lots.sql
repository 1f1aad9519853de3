-- Lots drawn between equal votes, and what became of them. search_path = views_vN.

-- name: new_lots  Counts of contests whose lots were recorded or confirmed in (after, upto].
SELECT DISTINCT x.election_no, s.state->>'form', s.state->>'slot', s.state->>'contest'
FROM (
  SELECT convert_from(state, 'UTF8')::jsonb AS state FROM ledger.event
  WHERE position > %(after)s AND position <= %(upto)s AND type = ANY(%(types)s)
) s JOIN election x ON x.code = s.state->>'election';

-- name: moved_lots  Counts of contests with lots some of whose returns the batch of this transaction moved: of units that vote, or that are gone.
SELECT DISTINCT l.election_no, l.form, l.slot, l.contest
FROM lot l JOIN return r ON (r.election_no, r.form, r.slot) = (l.election_no, l.form, l.slot)
WHERE r.stream_id = ANY (ARRAY(SELECT stream_id FROM batch_return WHERE is_return))
  AND (EXISTS (SELECT FROM contest_unit c WHERE (c.election_no, c.contest, c.unit_no) = (l.election_no, l.contest, r.unit_no))
       OR NOT EXISTS (SELECT FROM contest_unit c WHERE c.election_no = l.election_no AND c.unit_no = r.unit_no));

-- name: all_lots
SELECT DISTINCT election_no, form, slot, contest FROM lot;

-- name: lot_election
SELECT code, definition, position, registry, kept FROM election WHERE election_no = %(election_no)s;

-- name: lot_returns
SELECT r.stream_id, u.code FROM return r JOIN unit u USING (unit_no)
WHERE (r.election_no, r.form, r.slot) = (%(election_no)s, %(form)s, %(slot)s);

-- name: drop_lots
DELETE FROM lot WHERE (election_no, form, slot, contest) = (%(election_no)s, %(form)s, %(slot)s, %(contest)s);

-- name: put_lot
INSERT INTO lot (election_no, form, slot, contest, item, position, among, winners, votes, source_class, confirmed_at, override, alone,
                 replaced_at, broken_at)
VALUES (%(election_no)s, %(form)s, %(slot)s, %(contest)s, %(item)s, %(position)s, %(among)s, %(winners)s, %(votes)s, %(source_class)s,
        %(confirmed_at)s, %(override)s, %(alone)s, %(replaced_at)s, %(broken_at)s);
