-- A whole log into an empty version of the views. search_path = views_vN, pg_temp.
--
-- Scratch tables (load_…) stand in the version's own schema, where parallel workers and other connections see them. The log
-- is unpacked once: keys are set-returning in the select list and values looked up, which needs no store per event.

-- name: load_kinds  What the log is made of.
SELECT type, type_version, count(*), min(position), max(position) FROM ledger.event WHERE position <= %(head)s GROUP BY 1, 2;

-- name: load_special  Events of some types, in order.
SELECT position, stream_id, stream_version, recorded_at, command_id, type, type_version, state FROM ledger.event
WHERE position BETWEEN %(first)s AND %(last)s AND type || ':' || type_version = ANY(%(kinds)s) ORDER BY position;

-- name: load_drop_keys  Rows first, keys after: loading is several times faster.
ALTER TABLE figure DROP CONSTRAINT figure_pkey;
ALTER TABLE area_total DROP CONSTRAINT area_total_pkey;
ALTER TABLE return DROP CONSTRAINT return_pkey, DROP CONSTRAINT return_unit_no_form_slot_key;

-- name: load_analyze_places
ANALYZE election, node, unit, unit_node;

-- name: load_streams  Streams of returns, with their first event's text where it is of these types.
CREATE UNLOGGED TABLE load_stream AS
SELECT stream_id, min(position) AS first, max(position) AS last, max(stream_version) AS version,
       min(type) <> 'FiguresReleased' AS is_return,
       max(CASE WHEN stream_version = 1 THEN convert_from(state, 'UTF8') END COLLATE "C") AS text
FROM ledger.event WHERE position <= %(head)s AND type = ANY(%(types)s) GROUP BY stream_id;

-- name: load_heads  What a stream is about: one of its events says it, and all others the same.
CREATE UNLOGGED TABLE load_head AS
SELECT stream_id, last, version, is_return, state->>'election' AS election, state->>'form' AS form, state->>'slot' AS slot,
       state->>'unit' AS unit
FROM (
  SELECT *, coalesce(text, (SELECT convert_from(e.state, 'UTF8') FROM ledger.event e WHERE e.position = s.first))::jsonb AS state
  FROM load_stream s OFFSET 0
) h;

-- name: load_sheets
CREATE UNLOGGED TABLE load_sheet AS
SELECT row_number() OVER ()::int AS sheet_no, x.election_no, s.*
FROM (SELECT DISTINCT election, form, slot FROM load_head) s LEFT JOIN election x ON x.code = s.election;

-- name: load_analyze_heads
ANALYZE load_head, load_sheet;

-- name: load_returns
CREATE UNLOGGED TABLE load_return AS
SELECT h.*, s.sheet_no, s.election_no, u.unit_no
FROM load_head h JOIN load_sheet s USING (election, form, slot)
LEFT JOIN unit u ON u.election_no = s.election_no AND u.code = h.unit;

-- name: load_lost  An event about an election or unit nobody defined cannot be totalled.
SELECT last, election, unit FROM load_return WHERE unit_no IS NULL ORDER BY last LIMIT 1;

-- name: load_put_returns
INSERT INTO return (stream_id, election_no, form, slot, unit_no, stream_version, last_position)
SELECT stream_id, election_no, form, slot, unit_no, version, last FROM load_return WHERE is_return;

-- name: load_keys  Every cell named by events ({which}), with the figures it stands in.
SELECT sheet_no, unit_no, position, layer, figures, jsonb_object_keys(figures) AS key
FROM (
  SELECT sheet_no, unit_no, position, state->'figures' AS figures,
         CASE type WHEN 'ReturnApproved' THEN state->>'level' WHEN 'FiguresReleased' THEN '+released' ELSE '' END AS layer
  FROM (
    SELECT r.sheet_no, r.unit_no, e.position, e.type, convert_from(e.state, 'UTF8')::jsonb AS state
    FROM ledger.event e JOIN load_return r USING (stream_id)
    WHERE e.type = ANY(%(carriers)s) AND {which} OFFSET 0
  ) d OFFSET 0
) f

-- name: load_between
e.position > %(after)s AND e.position <= %(upto)s

-- name: load_sampled  Names nearly every cell; those it does not are found missing and read by themselves.
e.position <= %(head)s AND e.position %% %(every)s = 0

-- name: load_missed
e.position IN (SELECT position FROM load_miss)

-- name: load_put_cells
INSERT INTO cell (election_no, form, slot, layer, key)
SELECT s.election_no, s.form, s.slot, k.layer, k.key
FROM (SELECT DISTINCT sheet_no, layer, key FROM ({keys}) k) k JOIN load_sheet s USING (sheet_no)
ON CONFLICT DO NOTHING;

-- name: load_cells  Cells by what the events say.
CREATE UNLOGGED TABLE load_cell AS
SELECT s.sheet_no, c.layer, c.key, c.cell_no FROM cell c JOIN load_sheet s USING (election_no, form, slot);

-- name: load_analyze_cells
ANALYZE load_return, load_cell;

-- name: load_figures  Each event's figures, superseded ones too; cell 0: not known yet.
INSERT INTO figure (cell_no, unit_no, value, absence, position)
SELECT cell_no, unit_no, CASE WHEN NOT starts_with(text, '!') THEN text::numeric END,
       CASE WHEN starts_with(text, '!') THEN substr(text, 2) END, position
FROM (
  SELECT coalesce(c.cell_no, 0) AS cell_no, k.unit_no, k.figures->>k.key AS text, k.position
  FROM ({keys} OFFSET 0) k LEFT JOIN load_cell c ON c.sheet_no = k.sheet_no AND c.layer = k.layer AND c.key = k.key
  WHERE {new} OFFSET 0
) f;

-- name: load_any
true

-- name: load_new_only
c.cell_no > %(known)s

-- name: load_known
SELECT coalesce(max(cell_no), 0) FROM cell;

-- name: load_misses
CREATE UNLOGGED TABLE load_miss AS SELECT DISTINCT position FROM figure WHERE cell_no = 0;

-- name: load_any_miss
SELECT FROM load_miss LIMIT 1;

-- name: load_drop_missed
DELETE FROM figure WHERE cell_no = 0;

-- name: load_drop_cells
DROP TABLE load_cell;

-- name: load_superseded
CREATE UNLOGGED TABLE load_last AS
SELECT cell_no, unit_no, max(position) AS position FROM figure GROUP BY cell_no, unit_no HAVING count(*) > 1;

-- name: load_drop_superseded
DELETE FROM figure f USING load_last l WHERE f.cell_no = l.cell_no AND f.unit_no = l.unit_no AND f.position < l.position;

-- name: load_figure_key
ALTER TABLE figure ADD PRIMARY KEY (cell_no, unit_no);

-- name: load_analyze_figures
ANALYZE figure;

-- name: load_sum_table
CREATE UNLOGGED TABLE load_sum (LIKE area_total);

-- name: load_sums  What the units just below add to the lowest area that has several; one share of the cells.
INSERT INTO load_sum (cell_no, node_no, value, reported, counted, position)
SELECT f.cell_no, p.node_no, coalesce(sum(f.value), 0), count(*) FILTER (WHERE f.value IS NOT NULL OR f.absence = 'none'),
       count(f.value), max(f.position)
FROM figure f JOIN unit_node p ON p.unit_no = f.unit_no AND p.is_base
WHERE f.cell_no %% %(shares)s = %(share)s
GROUP BY f.cell_no, p.node_no;

-- name: load_totals  From there to every area above: the areas of a geography nest.
INSERT INTO area_total (cell_no, node_no, value, reported, counted, position)
WITH RECURSIVE above (node_no, upper_no) AS (
  SELECT node_no, node_no FROM node WHERE place_no = node_no
  UNION ALL
  SELECT a.node_no, n.parent_no FROM above a JOIN node n ON n.node_no = a.upper_no WHERE n.parent_no IS NOT NULL
)
SELECT s.cell_no, a.upper_no, sum(s.value), sum(s.reported), sum(s.counted), max(s.position)
FROM load_sum s JOIN above a USING (node_no) GROUP BY s.cell_no, a.upper_no;

-- name: load_keys_again
ALTER TABLE area_total ADD PRIMARY KEY (cell_no, node_no);
ALTER TABLE return ADD PRIMARY KEY (stream_id), ADD UNIQUE (unit_no, form, slot);
DROP TABLE load_stream, load_head, load_sheet, load_return, load_cell, load_miss, load_sum;
DROP TABLE IF EXISTS load_last;

-- name: load_analyze
ANALYZE area_total, cell, return;
