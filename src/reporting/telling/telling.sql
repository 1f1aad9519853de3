-- name: add_address
INSERT INTO ops.address (address_id, office, person, channel, address, secret, rank, quiet_from, quiet_to, since)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (office, person, channel, address) DO NOTHING;

-- name: address_again
SELECT address_id, office, person, channel, address, secret, rank, quiet_from, quiet_to, since FROM ops.address
WHERE (office, person, channel, address) = (%s, %s, %s, %s);

-- name: addresses
SELECT address_id, office, person, channel, address, secret, rank, quiet_from, quiet_to, since FROM ops.address
WHERE office = %(office)s OR %(office)s::text IS NULL ORDER BY office, rank, person, channel, address;

-- name: remove_address
DELETE FROM ops.address WHERE address_id = %s RETURNING address_id;

-- name: to_lay_out
SELECT position, kind, election, form, slot, unit FROM ops.notice WHERE NOT laid_out ORDER BY position LIMIT %s;

-- name: lay_out
INSERT INTO ops.delivery (delivery_id, position, address_id, next_at) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING;

-- name: laid_out
UPDATE ops.notice SET laid_out = true WHERE position = %s;

-- name: claim  For so long nobody else tries them; who dies meanwhile leaves them to be tried again.
UPDATE ops.delivery d SET attempts = d.attempts + 1, next_at = %(until)s
FROM ops.address a, ops.notice n
WHERE d.delivery_id IN (
  SELECT w.delivery_id FROM ops.delivery w JOIN ops.address b USING (address_id)
  WHERE w.state = 'waiting' AND w.next_at <= %(now)s AND b.channel = %(channel)s
  ORDER BY w.next_at, w.position LIMIT %(most)s FOR UPDATE OF w SKIP LOCKED
) AND a.address_id = d.address_id AND n.position = d.position
RETURNING d.delivery_id, d.position, n.kind, n.election, n.form, n.slot, n.unit, a.office, a.address, a.secret, d.attempts,
  a.address_id, a.rank;

-- name: made
UPDATE ops.delivery SET state = 'made', next_at = NULL, failure = NULL, said = NULL WHERE delivery_id = ANY(%s);

-- name: unneeded
UPDATE ops.delivery SET state = 'unneeded', next_at = NULL WHERE delivery_id = %s AND state = 'waiting';

-- name: try_again
UPDATE ops.delivery SET next_at = %s, failure = %s, said = %s WHERE delivery_id = %s AND state = 'waiting';

-- name: give_back  As if it had not been tried.
UPDATE ops.delivery SET attempts = attempts - 1, next_at = %s, failure = %s, said = %s WHERE delivery_id = %s AND state = 'waiting';

-- name: untried
UPDATE ops.delivery SET attempts = attempts - 1, next_at = %s WHERE delivery_id = %s AND state = 'waiting';

-- name: dead
UPDATE ops.delivery SET state = 'dead', next_at = NULL, failure = %s, said = %s WHERE delivery_id = %s AND state = 'waiting';

-- name: next_person  Of the same office: whoever comes next is told now.
UPDATE ops.delivery d SET next_at = %(now)s FROM ops.address a
WHERE a.address_id = d.address_id AND d.position = %(position)s AND a.office = %(office)s AND d.state = 'waiting'
  AND d.attempts = 0 AND (d.next_at IS NULL OR d.next_at > %(now)s) AND a.rank = (
    SELECT min(b.rank) FROM ops.delivery w JOIN ops.address b USING (address_id)
    WHERE w.position = %(position)s AND b.office = %(office)s AND w.state = 'waiting' AND b.rank > %(rank)s
  );

-- name: nobody_else  Of the same office: whoever stands by in case that others are not reached. In one order, or two tellers whose
-- offices are the same would wait for each other.
UPDATE ops.delivery SET state = 'unneeded' WHERE delivery_id IN (
  SELECT d.delivery_id FROM unnest(%(positions)s::bigint[], %(offices)s::text[], %(ranks)s::int[]) AS t(position, office, rank)
  JOIN ops.delivery d ON d.position = t.position JOIN ops.address a ON a.address_id = d.address_id AND a.office = t.office
  WHERE a.rank > t.rank AND d.state = 'waiting' AND d.next_at IS NULL
  ORDER BY d.delivery_id FOR UPDATE OF d
);

-- name: revive
UPDATE ops.delivery SET state = 'waiting', attempts = 0, next_at = %s WHERE delivery_id = ANY(%s) AND state = 'dead' RETURNING delivery_id;

-- name: of_nobody  Due since then on channels that these are not: whoever sends there would have claimed them.
SELECT a.channel, count(*) FROM ops.delivery d JOIN ops.address a USING (address_id)
WHERE d.state = 'waiting' AND d.next_at <= %s AND NOT a.channel = ANY(%s) GROUP BY a.channel ORDER BY a.channel;

-- name: standing  Given up; and not made yet although due so long, or tried.
SELECT count(*) FILTER (WHERE state = 'dead'),
  count(*) FILTER (WHERE state = 'waiting' AND (failure IS NOT NULL OR next_at <= %s))
FROM ops.delivery WHERE state IN ('dead', 'waiting');

-- name: next_due
SELECT min(d.next_at) FROM ops.delivery d WHERE d.state = 'waiting';

-- name: kept  Of some offices, the newest first.
SELECT d.delivery_id, d.position, n.kind, n.election, n.form, n.slot, n.unit, a.office, a.channel, a.person, d.state, d.attempts,
  d.next_at, d.failure
FROM ops.delivery d JOIN ops.address a USING (address_id) JOIN ops.notice n USING (position)
WHERE (a.office = ANY(%(offices)s) OR %(offices)s::text[] IS NULL) AND (d.state = %(state)s OR %(state)s::text IS NULL)
ORDER BY d.position DESC, a.office, a.rank, a.person, a.channel LIMIT %(most)s;

-- name: followed  Who follows the log into tables of the database, and how far each has read.
SELECT application, position FROM ops.notices_read ORDER BY application;
