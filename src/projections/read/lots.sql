-- Lots drawn between equal votes.

-- name: lots  Of an election, or of one slot of it; null filters are no filters.
SELECT x.code, l.form, l.slot, l.contest, l.item, l.among, l.winners, l.votes, l.source_class, l.position, l.confirmed_at, l.override,
       l.alone, l.replaced_at, l.broken_at
FROM lot l JOIN election x USING (election_no)
WHERE l.election_no = %(election_no)s AND (%(form)s::text IS NULL OR (l.form, l.slot) = (%(form)s, %(slot)s))
ORDER BY l.position;

-- name: public_lots  What the last release of each slot up to a position holds of them.
SELECT form, slot, number, position, lots FROM (
  SELECT DISTINCT ON (form, slot) form, slot, number, position, lots FROM release
  WHERE election_no = %(election_no)s AND position <= %(upto)s ORDER BY form, slot, number DESC
) r WHERE lots::text <> '[]';

-- name: lot_sources  Position of a record → the document it names, in the words that stand with its command (in old records, with the
-- event); erased ones stay erased.
SELECT e.position, coalesce(convert_from(e.state, 'UTF8')::jsonb->>'reference', c.reason, '')
FROM ledger.event e JOIN ledger.command c USING (command_id) WHERE e.position = ANY(%(positions)s) AND e.type = 'LotRecorded';
