-- Figure events to current figures and totals, set by set. All names unqualified: search_path = views_vN, pg_temp.
--
-- The last value of a cell is max(position ‖ value) in byte order: one hash aggregate, no sort of every figure.

-- name: batch_tables  Scratch space of one connection.
CREATE TEMP TABLE IF NOT EXISTS batch_return (
  stream_id uuid NOT NULL, election text NOT NULL, form text NOT NULL, slot text NOT NULL, unit text NOT NULL,
  stream_version int NOT NULL, position bigint NOT NULL, is_return boolean NOT NULL,
  election_no int, unit_no int, place_nos int[]  -- where its unit's figures are added up
) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS batch_cell (
  stream_id uuid NOT NULL, layer text NOT NULL, key text NOT NULL, packed text COLLATE "C" NOT NULL
) ON COMMIT DELETE ROWS;

-- name: numbered  A block: returns of a batch with what their codes stand for, return by return: whatever statistics say, by index.
INSERT INTO batch_return (stream_id, election, form, slot, unit, stream_version, position, is_return, election_no, unit_no, place_nos)
SELECT s.*, n.* FROM s LEFT JOIN LATERAL (
  SELECT u.election_no, u.unit_no, ARRAY(
    SELECT p.node_no FROM unit_node p WHERE p.unit_no = u.unit_no AND (SELECT n.place_no = n.node_no FROM node n WHERE n.node_no = p.node_no))
  FROM election x JOIN unit u USING (election_no) WHERE x.code = s.election AND u.code = s.unit OFFSET 0
) n ON true
RETURNING position, election, unit, unit_no

-- name: fold  Events in (after, upto]: last value per cell, last version per return. Gives the first event about an election or unit nobody
-- defined, which cannot be totalled.
WITH e AS MATERIALIZED (
  SELECT position, stream_id, stream_version, convert_from(state, 'UTF8')::jsonb AS state, type
  FROM ledger.event
  WHERE position > %(after)s AND position <= %(upto)s AND type || ':' || type_version = ANY(%(types)s)
), s AS (
  SELECT stream_id, min(state->>'election') AS election, min(state->>'form') AS form, min(state->>'slot') AS slot,
         min(state->>'unit') AS unit, max(stream_version) AS stream_version, max(position) AS position,
         min(type) <> 'FiguresReleased' AS is_return
  FROM e GROUP BY stream_id
), r AS (
  {numbered}
), c AS (
  INSERT INTO batch_cell (stream_id, layer, key, packed)
  SELECT e.stream_id,
         CASE e.type WHEN 'ReturnApproved' THEN e.state->>'level' WHEN 'FiguresReleased' THEN '+released' ELSE '' END,
         f.key, max((lpad(e.position::text, 19, '0') || f.value) COLLATE "C")
  FROM e, jsonb_each_text(e.state->'figures') AS f
  GROUP BY 1, 2, 3
)
SELECT position, election, unit FROM r WHERE unit_no IS NULL ORDER BY position LIMIT 1;

-- name: intern_returns  What nobody can place is left out here and by what follows: the step ends with it, once all have answered.
INSERT INTO return (stream_id, election_no, form, slot, unit_no, stream_version, last_position)
SELECT stream_id, election_no, form, slot, unit_no, stream_version, position FROM batch_return
WHERE is_return AND unit_no IS NOT NULL
ON CONFLICT (stream_id) DO UPDATE SET stream_version = excluded.stream_version, last_position = excluded.last_position;

-- name: intern_cells
INSERT INTO cell (election_no, form, slot, layer, key)
SELECT n.* FROM (SELECT DISTINCT r.election_no, r.form, r.slot, c.layer, c.key FROM batch_cell c JOIN batch_return r USING (stream_id) WHERE r.unit_no IS NOT NULL) n
LEFT JOIN cell USING (election_no, form, slot, layer, key) WHERE cell.cell_no IS NULL
ON CONFLICT DO NOTHING;

-- name: place_figures  Figures, and what each changed one adds to every total above it. One statement: all of it sees the figures as they
-- stood before.
WITH n AS MATERIALIZED (
  SELECT c.cell_no, r.unit_no,
         CASE WHEN substr(b.packed, 20, 1) <> '!' THEN substr(b.packed, 20)::numeric END AS value,
         CASE WHEN substr(b.packed, 20, 1) = '!' THEN substr(b.packed, 21) END AS absence,
         left(b.packed, 19)::bigint AS position, r.place_nos
  FROM batch_cell b JOIN batch_return r USING (stream_id)
  JOIN cell c ON c.election_no = r.election_no AND c.form = r.form AND c.slot = r.slot AND c.layer = b.layer AND c.key = b.key
), d AS (
  SELECT n.cell_no, n.position, n.place_nos, coalesce(n.value, 0) - coalesce(o.value, 0) AS value,
         (n.value IS NOT NULL OR n.absence = 'none')::int - coalesce((o.value IS NOT NULL OR o.absence = 'none')::int, 0) AS reported,
         (n.value IS NOT NULL)::int - coalesce((o.value IS NOT NULL)::int, 0) AS counted
  FROM n LEFT JOIN figure o USING (cell_no, unit_no)
), placed AS (
  INSERT INTO figure (cell_no, unit_no, value, absence, position)
  SELECT cell_no, unit_no, value, absence, position FROM n
  ON CONFLICT (cell_no, unit_no) DO UPDATE
  SET value = excluded.value, absence = excluded.absence, position = excluded.position
)
INSERT INTO area_total (cell_no, node_no, value, reported, counted, position)
SELECT d.cell_no, p.node_no, sum(d.value), sum(d.reported), sum(d.counted), max(d.position)
FROM d CROSS JOIN unnest(d.place_nos) AS p(node_no)
GROUP BY d.cell_no, p.node_no
ON CONFLICT (cell_no, node_no) DO UPDATE
SET value = area_total.value + excluded.value, reported = area_total.reported + excluded.reported,
    counted = area_total.counted + excluded.counted, position = greatest(area_total.position, excluded.position);

-- name: drop_totals  Before an election's totals are made anew.
DELETE FROM area_total WHERE cell_no IN (SELECT cell_no FROM cell WHERE election_no = %(election_no)s);

-- name: make_totals  All totals of one election from its figures. Cells and places come first, as sets that statistics
-- cannot misjudge: its own cells' figures are read once, in the order of their key, whatever else the table holds.
WITH mine AS MATERIALIZED (
  SELECT cell_no FROM cell WHERE election_no = %(election_no)s
), place AS MATERIALIZED (
  SELECT p.unit_no, p.node_no FROM node n JOIN unit_node p USING (node_no)
  WHERE n.election_no = %(election_no)s AND n.place_no = n.node_no
)
INSERT INTO area_total (cell_no, node_no, value, reported, counted, position)
SELECT f.cell_no, p.node_no, coalesce(sum(f.value), 0), count(*) FILTER (WHERE f.value IS NOT NULL OR f.absence = 'none'),
       count(f.value), max(f.position)
FROM mine CROSS JOIN LATERAL (SELECT * FROM figure WHERE cell_no = mine.cell_no OFFSET 0) f JOIN place p USING (unit_no)
GROUP BY f.cell_no, p.node_no;

-- name: kept_elections  Elections with units that are gone, withdrawn or divided.
SELECT election_no FROM election WHERE kept IS NOT NULL;

-- name: kept_cells  Of those, cells that this batch moved.
SELECT DISTINCT c.cell_no FROM batch_cell b JOIN batch_return r USING (stream_id)
JOIN cell c ON c.election_no = r.election_no AND c.form = r.form AND c.slot = r.slot AND c.layer = b.layer AND c.key = b.key
WHERE r.election_no = ANY(%(elections)s);

-- name: cells_of  All cells of these elections.
SELECT cell_no FROM cell WHERE election_no = ANY(%(elections)s);

-- name: drop_kept_totals
DELETE FROM area_total WHERE cell_no = ANY(%(cells)s);

-- name: make_kept_totals  Totals of cells of elections with divided units: the whole stands until all its parts have
-- reported the cell, the parts from then on; a part counts at once where its whole does not (`CountingUnits.counts_at`).
WITH said AS MATERIALIZED (
  SELECT f.cell_no, c.contest, c.kept, f.unit_no, f.value, f.position, f.value IS NOT NULL OR f.absence = 'none' AS said
  FROM figure f JOIN kept_cell c USING (cell_no) WHERE f.cell_no = ANY(%(cells)s)
), standing AS MATERIALIZED (
  SELECT s.cell_no, s.contest, s.unit_no FROM said s LEFT JOIN former_unit g ON g.unit_no = s.unit_no AND g.contest = s.contest AND g.form = s.kept
  WHERE s.said AND NOT EXISTS (SELECT FROM said o WHERE o.cell_no = s.cell_no AND o.unit_no = ANY(g.whole_nos) AND o.said) AND EXISTS (
    SELECT FROM unit_part p WHERE p.unit_no = s.unit_no AND p.contest = s.contest AND p.form = s.kept AND p.reports
    AND NOT EXISTS (SELECT FROM said o WHERE o.cell_no = s.cell_no AND o.unit_no = p.part_no AND o.said))
), counting AS (
  SELECT s.*,
         s.said
         AND (NOT EXISTS (SELECT FROM unit_part p WHERE p.unit_no = s.unit_no AND p.contest = s.contest AND p.form = s.kept)
              OR EXISTS (SELECT FROM standing t WHERE t.cell_no = s.cell_no AND t.unit_no = s.unit_no))
         AND (coalesce(cardinality(g.whole_nos), 0) = 0 OR NOT EXISTS (SELECT FROM said o WHERE o.cell_no = s.cell_no AND o.unit_no = ANY(g.whole_nos) AND o.said)) AS counts
  FROM said s LEFT JOIN former_unit g ON g.unit_no = s.unit_no AND g.contest = s.contest AND g.form = s.kept
), placed AS (
  SELECT c.cell_no, p.node_no, c.value, coalesce(h.weight, 1) AS weight, c.position,
         c.counts AND NOT EXISTS (SELECT FROM unit_part d JOIN standing t ON t.unit_no = d.unit_no JOIN unit_node w ON w.unit_no = t.unit_no
                                  WHERE d.part_no = c.unit_no AND d.contest = c.contest AND d.form = c.kept AND d.inside AND t.cell_no = c.cell_no AND w.node_no = p.node_no) AS counts
  FROM counting c JOIN unit_node p USING (unit_no) JOIN node n USING (node_no)
  LEFT JOIN former_weight h ON h.unit_no = c.unit_no AND h.contest = c.contest AND h.form = c.kept AND h.node_no = p.node_no
  WHERE n.place_no = n.node_no
)
INSERT INTO area_total (cell_no, node_no, value, reported, counted, position)
SELECT cell_no, node_no, coalesce(sum(value) FILTER (WHERE counts), 0),
       coalesce(sum(weight) FILTER (WHERE counts), 0), count(value) FILTER (WHERE counts), max(position)
FROM placed GROUP BY cell_no, node_no;

-- name: add_return  Fold input from Python: an event of an older version, already upcast. Gives what `fold` gives.
WITH s AS (
  SELECT %(stream_id)s::uuid, %(election)s::text AS election, %(form)s::text, %(slot)s::text, %(unit)s::text AS unit,
         %(stream_version)s::int, %(position)s::bigint, true
), r AS (
  {numbered}
)
SELECT position, election, unit FROM r WHERE unit_no IS NULL;

-- name: add_cell
INSERT INTO batch_cell (stream_id, layer, key, packed) VALUES (%s, '', %s, %s);

-- name: clear_batch  Between two folds of one transaction.
DELETE FROM batch_return; DELETE FROM batch_cell;
