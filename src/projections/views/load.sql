-- A whole log into an empty version of the views. search_path = views_vN, pg_temp.
--
-- Scratch tables (load_…) stand in the version's own schema, where workers and other connections see them. Figures come from
-- `unpack`; here is what stands around them.

-- name: load_kinds  What the log is made of.
SELECT type, type_version, count(*), min(position), max(position) FROM ledger.event WHERE position <= %(head)s GROUP BY 1, 2;

-- name: load_special  Events of some types, in order.
SELECT position, stream_id, stream_version, recorded_at, command_id, type, type_version, state FROM ledger.event
WHERE position BETWEEN %(first)s AND %(last)s AND type || ':' || type_version = ANY(%(kinds)s) ORDER BY position;

-- name: load_streams  Streams of returns; what each is about, its first event says to the worker that meets it.
CREATE UNLOGGED TABLE load_stream AS
SELECT stream_id, min(position) AS first, max(position) AS last, max(stream_version) AS version,
       bool_or(type <> 'FiguresReleased') AS is_return
FROM ledger.event WHERE position <= %(head)s AND type = ANY(%(types)s) GROUP BY stream_id;

-- name: load_before_rosters  Rows first, keys after. What finds an election's areas and units stays.
ALTER TABLE unit_node DROP CONSTRAINT unit_node_pkey;
ALTER TABLE contest_unit DROP CONSTRAINT contest_unit_pkey;
ALTER TABLE expected DROP CONSTRAINT expected_pkey;
DROP INDEX node_by_parent, node_by_place, unit_by_node;

-- name: load_after_rosters
ALTER TABLE unit_node ADD PRIMARY KEY (unit_no, node_no);
ALTER TABLE contest_unit ADD PRIMARY KEY (election_no, contest, unit_no);
ALTER TABLE expected ADD PRIMARY KEY (node_no, contest, form);
CREATE INDEX node_by_parent ON node (parent_no);
CREATE INDEX node_by_place ON node (place_no);
CREATE INDEX unit_by_node ON unit_node (node_no);

-- name: load_without_key  Rows first, keys after: loading is several times faster.
ALTER TABLE figure DROP CONSTRAINT figure_pkey;
DROP INDEX figure_withheld;

-- name: load_before_figures  The same of what is less.
ALTER TABLE area_total DROP CONSTRAINT area_total_pkey;
ALTER TABLE return DROP CONSTRAINT return_pkey, DROP CONSTRAINT return_unit_no_form_slot_key;
CREATE UNLOGGED TABLE load_head (
  stream_id uuid NOT NULL, election text, form text, slot text, unit text, election_no int, unit_no int
);

-- name: load_figure_key  Beside readers of the table, which ADD PRIMARY KEY would lock out.
CREATE UNIQUE INDEX figure_pkey ON figure (cell_no, unit_no);
CREATE INDEX figure_withheld ON figure (cell_no, unit_no) WHERE absence = 'suppressed';

-- name: load_figure_key_named
ALTER TABLE figure ADD CONSTRAINT figure_pkey PRIMARY KEY USING INDEX figure_pkey;

-- name: load_orphans  Streams whose first event is not numbered so: it says it all the same.
INSERT INTO load_head (stream_id, election, form, slot, unit, election_no, unit_no)
SELECT o.stream_id, o.state->>'election', o.state->>'form', o.state->>'slot', o.state->>'unit', x.election_no, u.unit_no
FROM (
  SELECT s.stream_id, convert_from(e.state, 'UTF8')::jsonb AS state FROM load_stream s JOIN ledger.event e ON e.position = s.first
  WHERE NOT EXISTS (SELECT FROM load_head h WHERE h.stream_id = s.stream_id) OFFSET 0
) o LEFT JOIN election x ON x.code = o.state->>'election'
LEFT JOIN unit u ON u.election_no = x.election_no AND u.code = o.state->>'unit';

-- name: load_lost  An event about an election or unit nobody defined cannot be totalled.
SELECT s.last, h.election, h.unit FROM load_stream s JOIN load_head h USING (stream_id)
WHERE h.unit_no IS NULL ORDER BY s.last LIMIT 1;

-- name: load_returns
INSERT INTO return (stream_id, election_no, form, slot, unit_no, stream_version, last_position)
SELECT stream_id, h.election_no, h.form, h.slot, h.unit_no, s.version, s.last
FROM load_stream s JOIN load_head h USING (stream_id) WHERE s.is_return;
ALTER TABLE return ADD PRIMARY KEY (stream_id), ADD UNIQUE (unit_no, form, slot);
ANALYZE return, cell;

-- name: load_sums  Of all cells at once.
CREATE UNLOGGED TABLE load_sum AS {sums};

-- name: load_sums_none
CREATE UNLOGGED TABLE load_sum AS {sums} WITH NO DATA;

-- name: within_piece
WHERE f.cell_no > %(after)s AND f.cell_no <= %(upto)s

-- name: load_sums_piece
INSERT INTO load_sum {sums};

-- name: load_sums_bounds  The last cell, and how many units an election has at most.
SELECT coalesce(max(cell_no), 0), coalesce((SELECT max(units) FROM (SELECT count(*) AS units FROM unit GROUP BY election_no) e), 1) FROM cell;

-- name: sums  What the units just below add to the lowest area that has several. {within}: of which cells.
SELECT f.cell_no, p.node_no, coalesce(sum(f.value), 0) AS value,
       count(*) FILTER (WHERE f.value IS NOT NULL OR f.absence = 'none') AS reported, count(f.value) AS counted,
       max(f.position) AS position
FROM figure f JOIN unit_node p ON p.unit_no = f.unit_no AND p.is_base {within}
GROUP BY f.cell_no, p.node_no

-- name: load_totals  From there to every area above: the areas of a geography nest.
INSERT INTO area_total (cell_no, node_no, value, reported, counted, position)
WITH RECURSIVE above (node_no, upper_no) AS (
  SELECT node_no, node_no FROM node WHERE place_no = node_no
  UNION ALL
  SELECT a.node_no, n.parent_no FROM above a JOIN node n ON n.node_no = a.upper_no WHERE n.parent_no IS NOT NULL
)
SELECT s.cell_no, a.upper_no, sum(s.value), sum(s.reported), sum(s.counted), max(s.position)
FROM load_sum s JOIN above a USING (node_no) GROUP BY s.cell_no, a.upper_no;
ALTER TABLE area_total ADD PRIMARY KEY (cell_no, node_no);
ANALYZE area_total;

-- name: load_end
DROP TABLE load_stream, load_head, load_sum;
ANALYZE figure;
