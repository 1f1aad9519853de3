-- name: votes_of_contests  Every choice's total as entered in the own area of each contest.
SELECT c.contest, c.item, c.choice, coalesce(t.value, 0)::text
FROM unnest(%(contests)s::text[], %(geographies)s::text[], %(areas)s::text[]) AS k(contest, geography, area)
JOIN node n ON n.election_no = %(election_no)s AND n.geography = k.geography AND n.code = k.area
JOIN cell c ON (c.election_no, c.form, c.slot, c.layer, c.contest) = (n.election_no, %(form)s, %(slot)s, '', k.contest)
  AND c.item = ANY(%(items)s) AND c.breakdown = '' AND c.choice <> ''
LEFT JOIN total_at t ON t.cell_no = c.cell_no AND t.place_no = n.place_no;
