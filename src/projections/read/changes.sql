-- What moved after a position: for clients that keep a copy. search_path = the live views_vN.

-- name: changed_figures  Figures whose newest event lies in the span, by that event's position: from the log, so that the
-- cost is that of what happened since, and only where the views still hold that very event's value.
SELECT f.position, c.form, c.slot, u.code, u.name, c.key, f.value::text, f.absence
FROM ledger.event e
CROSS JOIN LATERAL (SELECT convert_from(e.state, 'UTF8')::jsonb AS state) s
CROSS JOIN LATERAL jsonb_object_keys(s.state->'figures') AS k(key)
JOIN unit u ON u.election_no = %(election_no)s AND u.code = s.state->>'unit'
JOIN cell c ON c.election_no = u.election_no AND c.form = s.state->>'form' AND c.slot = s.state->>'slot' AND c.layer = %(layer)s AND c.key = k.key
JOIN figure f ON f.cell_no = c.cell_no AND f.unit_no = u.unit_no AND f.position = e.position
WHERE e.position > %(since)s AND e.position >= %(at)s AND e.position <= %(upto)s AND e.type = ANY(%(types)s)
  AND s.state->>'election' = %(election)s
  AND (%(level)s::text IS NULL OR s.state->>'level' = %(level)s)
  AND (%(units)s::text[] IS NULL OR u.code = ANY(%(units)s))
  AND (s.state->>'form' || '/' || (s.state->>'slot')) = ANY(%(slots)s)
  AND (e.position, k.key) > (%(at)s, %(key)s::text)
ORDER BY e.position, k.key LIMIT %(limit)s;

-- name: changed_figures_of_all  The same from the views, for a reader far behind: the cost is that of the election's figures.
SELECT f.position, c.form, c.slot, u.code, u.name, c.key, f.value::text, f.absence
FROM cell c JOIN figure f USING (cell_no) JOIN unit u ON u.unit_no = f.unit_no
WHERE c.election_no = %(election_no)s AND c.layer = %(layer)s AND c.form || '/' || c.slot = ANY(%(slots)s)
  AND f.position > %(since)s AND (%(units)s::text[] IS NULL OR u.code = ANY(%(units)s))
  AND (f.position, c.key) > (%(at)s, %(key)s::text)
ORDER BY f.position, c.key LIMIT %(limit)s;

-- name: changed_totals  Totals of one layer that moved after a position; `areas` as geography/code.
SELECT n.geography, n.code, n.level, c.form, c.slot, c.contest, c.item, max(t.position)
FROM total t JOIN cell c USING (cell_no) JOIN node n USING (node_no)
WHERE c.election_no = %(election_no)s AND t.position > %(since)s
  AND c.layer = %(layer)s AND c.form || '/' || c.slot = ANY(%(slots)s)
  AND (%(areas)s::text[] IS NULL OR n.geography || '/' || n.code = ANY(%(areas)s))
GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 3, 2, 4, 5, 6, 7 LIMIT %(limit)s;
