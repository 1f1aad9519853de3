-- One version of the views. Created with search_path = views_vN; every name is unqualified.
-- Numbers (…_no) are surrogate keys local to this version; codes are what the world sees.

CREATE TABLE area (            -- effective-dated registry, as declared
  registry text NOT NULL, geography text NOT NULL, code text NOT NULL, level text NOT NULL,
  name text NOT NULL, name_en text, kana text, parent text,
  valid_from date NOT NULL, valid_to date, official_code text,
  PRIMARY KEY (registry, geography, code, valid_from)
);
CREATE TABLE geography (registry text, code text, ordinal smallint NOT NULL, definition json NOT NULL, PRIMARY KEY (registry, code));

CREATE TABLE election (
  election_no integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code text NOT NULL UNIQUE, registry text NOT NULL, polling_date date NOT NULL, is_test boolean NOT NULL,
  definition json NOT NULL, position bigint NOT NULL,
  kept json,                   -- units of rosters before that no longer report, with their last places; null: none
  rosters integer NOT NULL DEFAULT 0,  -- how often its areas, units and N were put: what is kept of them is kept by it
  has_workflow boolean NOT NULL GENERATED ALWAYS AS (definition->>'workflow' IS NOT NULL) STORED
);

CREATE TABLE node (            -- an area in one geography of one election, at its polling date
  node_no integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  election_no integer NOT NULL, geography text NOT NULL, code text NOT NULL, level text NOT NULL,
  name text NOT NULL, name_en text, parent_no integer, depth smallint NOT NULL, official_code text,
  place_no integer,            -- where its totals stand: its own number, or that of its only unit, whose figures they are
  UNIQUE (election_no, geography, code)
);
CREATE TABLE unit (            -- a reporting unit of one election
  unit_no integer GENERATED ALWAYS AS IDENTITY (INCREMENT BY -1) PRIMARY KEY,  -- negative: never a node's number
  election_no integer NOT NULL, code text NOT NULL, name text NOT NULL,
  UNIQUE (election_no, code)
);
CREATE TABLE kept_form (       -- forms that units go on reporting though they are withdrawn: whose units are not those of the election's other forms
  election_no integer NOT NULL, form text NOT NULL, PRIMARY KEY (election_no, form)
);
-- `form` in what follows: such a form, or '' for all others.
CREATE TABLE former_unit (     -- of a contest and form: units that are gone, divided, or joined into another, and what units of N were merged into
  contest text NOT NULL, form text NOT NULL, unit_no integer NOT NULL,
  whole_nos integer[] NOT NULL,  -- units that it lies in and that report now, or did after it: its figures count until one's do
  of_n boolean NOT NULL,       -- one of N all the same: it was merged, and N goes on counting it
  reports boolean NOT NULL,    -- the merged unit: none of N beside those it was merged from, and stands for them
  dissolved boolean NOT NULL,  -- a merged unit that is none any more: those that it was merged from report again
  PRIMARY KEY (unit_no, contest, form)
);
CREATE TABLE former_weight (   -- of a former unit in each area that holds it: units of the area's N that its report stands for
  contest text NOT NULL, form text NOT NULL, unit_no integer NOT NULL, node_no integer NOT NULL,
  weight smallint NOT NULL,    -- of a divided one its parts of that N, else none; a unit that is not here stands for itself
  PRIMARY KEY (unit_no, contest, form, node_no)
);
CREATE TABLE unit_part (       -- of a contest and form: parts of a divided unit (`reports`), and units that lie in it (`inside`): a part may have moved away
  contest text NOT NULL, form text NOT NULL, unit_no integer NOT NULL, part_no integer NOT NULL, reports boolean NOT NULL, inside boolean NOT NULL,
  PRIMARY KEY (unit_no, contest, form, part_no)
);
CREATE TABLE unit_across (     -- areas that hold some of a unit and not all: it counts in their N, its figures not in their sums
  unit_no integer NOT NULL, node_no integer NOT NULL, PRIMARY KEY (unit_no, node_no)
);
CREATE TABLE unit_node (       -- every area that holds all of a unit, itself included, in each geography
  unit_no integer NOT NULL, node_no integer NOT NULL,
  is_base boolean NOT NULL,    -- the lowest of its geography that has several units
  PRIMARY KEY (unit_no, node_no)
);
CREATE TABLE contest_unit (    -- units expected to report on a contest
  election_no integer NOT NULL, contest text NOT NULL, unit_no integer NOT NULL, PRIMARY KEY (election_no, contest, unit_no)
);
CREATE TABLE expected (        -- N of "n of N": units that report on a contest by a form and lie under a node, wholly or in part
  node_no integer NOT NULL, contest text NOT NULL, form text NOT NULL, units integer NOT NULL,
  is_unit boolean NOT NULL,    -- the node is itself a unit of the contest, or was: its smallest areas
  PRIMARY KEY (node_no, contest, form)
);

CREATE TABLE return (          -- one ledger stream of figures
  stream_id uuid PRIMARY KEY, election_no integer NOT NULL, form text NOT NULL, slot text NOT NULL,
  unit_no integer NOT NULL, stream_version integer NOT NULL, last_position bigint NOT NULL,
  UNIQUE (unit_no, form, slot)
);
CREATE TABLE cell (            -- one kind of figure of an election: what totals are made of
  cell_no integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  election_no integer NOT NULL, form text NOT NULL,
  slot text NOT NULL,
  layer text NOT NULL,         -- a slot has a figure once in each: '' as entered, a level's code as approved there, '+released' as made public
  key text NOT NULL,
  contest text NOT NULL GENERATED ALWAYS AS (split_part(key, '|', 1)) STORED,
  item text NOT NULL GENERATED ALWAYS AS (split_part(key, '|', 2)) STORED,
  breakdown text NOT NULL GENERATED ALWAYS AS (split_part(key, '|', 3)) STORED,
  choice text NOT NULL GENERATED ALWAYS AS (split_part(key, '|', 4)) STORED,
  UNIQUE (election_no, form, slot, layer, key)
);
CREATE VIEW kept_cell WITH (security_invoker = true) AS       -- `kept`: the cell's form where units keep it, else ''
SELECT c.*, coalesce(k.form, '') AS kept FROM cell c LEFT JOIN kept_form k USING (election_no, form);
CREATE TABLE figure (          -- current figures; exactly one of value and absence is set
  cell_no integer NOT NULL, unit_no integer NOT NULL,
  value numeric, absence text, position bigint NOT NULL,
  PRIMARY KEY (cell_no, unit_no),
  CHECK ((value IS NULL) <> (absence IS NULL))
);
CREATE TABLE area_total (      -- sum over the units below a node that has several
  cell_no integer NOT NULL, node_no integer NOT NULL,
  value numeric NOT NULL, reported integer NOT NULL, counted integer NOT NULL,  -- counted: units with a number
  position bigint NOT NULL,
  PRIMARY KEY (cell_no, node_no)
);
CREATE VIEW total_at WITH (security_invoker = true) AS        -- by node.place_no; reported = units with a value or a stated "none"
SELECT cell_no, node_no AS place_no, value, reported, counted, position FROM area_total
UNION ALL
SELECT cell_no, unit_no, coalesce(value, 0), (value IS NOT NULL OR absence = 'none')::int, (value IS NOT NULL)::int, position FROM figure;
CREATE VIEW counting WITH (security_invoker = true) AS        -- figures that count in sums, as `CountingUnits.counting` says
SELECT f.cell_no, f.unit_no, f.value, c.contest, c.kept
FROM figure f JOIN kept_cell c USING (cell_no) LEFT JOIN former_unit g ON g.unit_no = f.unit_no AND g.contest = c.contest AND g.form = c.kept
WHERE (f.value IS NOT NULL OR f.absence = 'none')
  AND (f.unit_no NOT IN (SELECT unit_no FROM unit_part)
       OR NOT EXISTS (SELECT FROM unit_part p WHERE p.unit_no = f.unit_no AND p.contest = c.contest AND p.form = c.kept)
       OR EXISTS (SELECT FROM unit_part p LEFT JOIN figure o ON o.cell_no = f.cell_no AND o.unit_no = p.part_no AND (o.value IS NOT NULL OR o.absence = 'none')
                  WHERE p.unit_no = f.unit_no AND p.contest = c.contest AND p.form = c.kept AND p.reports AND o.unit_no IS NULL))
  AND (coalesce(cardinality(g.whole_nos), 0) = 0 OR NOT EXISTS (SELECT FROM figure o WHERE o.cell_no = f.cell_no AND o.unit_no = ANY(g.whole_nos) AND (o.value IS NOT NULL OR o.absence = 'none')))
  AND (f.unit_no NOT IN (SELECT part_no FROM unit_part)
       OR NOT EXISTS (SELECT FROM unit_part a JOIN figure w ON w.cell_no = f.cell_no AND w.unit_no = a.unit_no AND (w.value IS NOT NULL OR w.absence = 'none')
                      JOIN unit_part p ON p.unit_no = a.unit_no AND p.contest = a.contest AND p.form = a.form AND p.reports
                      LEFT JOIN figure o ON o.cell_no = f.cell_no AND o.unit_no = p.part_no AND (o.value IS NOT NULL OR o.absence = 'none')
                      LEFT JOIN former_unit j ON j.unit_no = a.unit_no AND j.contest = a.contest AND j.form = a.form
                      WHERE a.part_no = f.unit_no AND a.contest = c.contest AND a.form = c.kept AND a.inside AND o.unit_no IS NULL
                      AND NOT EXISTS (SELECT FROM figure b WHERE b.cell_no = f.cell_no AND b.unit_no = ANY(j.whole_nos) AND (b.value IS NOT NULL OR b.absence = 'none'))));
CREATE VIEW total WITH (security_invoker = true) AS           -- by node: for reading many; single ones are found by total_at
SELECT t.cell_no, n.node_no, t.value, t.reported, t.counted, t.position FROM total_at t JOIN node n USING (place_no);
CREATE TABLE return_case (     -- where a return of an election with a workflow stands; refolded from its stream
  stream_id uuid PRIMARY KEY, election_no integer NOT NULL, form text NOT NULL, slot text NOT NULL, unit_no integer NOT NULL,
  status text NOT NULL, next_level text, next_area text, owner_office text, submitted_by text,
  sent_back text[] NOT NULL, edited_above text[] NOT NULL, objected text[] NOT NULL,
  position bigint NOT NULL, changed_at timestamptz NOT NULL,
  UNIQUE (election_no, form, slot, unit_no)
);
CREATE TABLE discrepancy (     -- declared differences, open and closed
  stream_id uuid NOT NULL, key text NOT NULL, rule text NOT NULL, difference text NOT NULL, reason_class text NOT NULL,
  declared_at bigint NOT NULL, declared_office text NOT NULL, confirmed boolean NOT NULL,
  closed_at bigint, correction bigint, PRIMARY KEY (stream_id, key)
);
CREATE TABLE return_method (   -- returns whose figures rest on a sample or an estimate, and from when to when
  stream_id uuid NOT NULL, layer text NOT NULL,  -- of the figures, as in cell.layer
  method text NOT NULL, places integer, of_places integer,  -- so many places of so many
  since bigint NOT NULL, until bigint, PRIMARY KEY (stream_id, layer, since)
);
CREATE TABLE release (         -- slots made public, and notices of what changed after the first
  election_no integer NOT NULL, form text NOT NULL, slot text NOT NULL, number integer NOT NULL, release text NOT NULL,
  position bigint NOT NULL, upto bigint NOT NULL, released_at timestamptz NOT NULL, due timestamptz,
  approved integer NOT NULL, expected integer NOT NULL, under_correction json NOT NULL, changes json NOT NULL,
  corrections integer NOT NULL, whole integer, incomplete json NOT NULL, single_handed json NOT NULL,  -- as in the event; whole: NULL, nobody counted
  lots json NOT NULL, lot_notices integer NOT NULL, bases json NOT NULL,
  PRIMARY KEY (election_no, form, slot, number)
);
CREATE TABLE lot (             -- who won by lot where votes were equal, and what became of it; refolded with the contest's returns
  election_no integer NOT NULL, form text NOT NULL, slot text NOT NULL, contest text NOT NULL, item text NOT NULL,
  position bigint NOT NULL, among text[] NOT NULL, winners text[] NOT NULL, votes text NOT NULL, source_class text NOT NULL,
  confirmed_at bigint, override boolean NOT NULL, alone boolean NOT NULL, replaced_at bigint, broken_at bigint,
  PRIMARY KEY (election_no, form, slot, contest, position)
);
CREATE TABLE polling_place (   -- the last list of each unit; codes, no numbers: it stands whatever becomes of the election's units
  election text NOT NULL, unit text COLLATE "C" NOT NULL, at integer NOT NULL,  -- its place in the list, from 1
  number text NOT NULL, kind text NOT NULL, name text NOT NULL, district text, address text, address_code text, facility text,
  opens text, closes text, valid_from date, valid_to date, position bigint NOT NULL,
  PRIMARY KEY (election, unit, at)
);
CREATE TABLE place_capture (   -- what a place counted for a form and slot of its unit: cell key → canonical text
  election text NOT NULL, unit text COLLATE "C" NOT NULL, form text NOT NULL, slot text NOT NULL, number text NOT NULL,
  figures jsonb NOT NULL, position bigint NOT NULL,
  says boolean NOT NULL GENERATED ALWAYS AS (jsonb_path_exists(figures, '$.* ? (@ != "!not_reported" && @ != "!suppressed")')) STORED,
  PRIMARY KEY (election, form, slot, unit, number)
);
CREATE TABLE incident (   -- a case of 管理執行上問題となった事項 as it stands; who told and reviewed it, and its words, are in the log
  election text NOT NULL, unit text NOT NULL, number integer NOT NULL,
  position bigint NOT NULL,                                 -- of its last event
  told_at bigint NOT NULL, facts jsonb NOT NULL, withdrawn boolean NOT NULL,   -- its latest version
  accepted text[] NOT NULL, sent_back text,                 -- levels that accepted it; the one that sent it back
  released_at bigint, released jsonb, released_withdrawn boolean,              -- the version that everybody sees
  PRIMARY KEY (election, unit, number)
);
-- string_agg of few: of that PostgreSQL reckons with 8 kB a group, and writes thousands of groups to disk.
CREATE AGGREGATE joined (text) (SFUNC = textcat, STYPE = text, INITCOND = '');
CREATE INDEX figure_withheld ON figure (cell_no, unit_no) WHERE absence = 'suppressed';
CREATE INDEX case_by_status ON return_case (election_no, status, next_area);
CREATE INDEX node_by_parent ON node (parent_no);
CREATE INDEX node_by_place ON node (place_no);
CREATE INDEX unit_by_node ON unit_node (node_no);

-- The second wall (ADR 32). A reader's transaction that does not say that it may see everything is shown what everybody may see: figures
-- that are released, or of an election in which nothing stands between. Whoever makes the views owns them and is not held back.
ALTER TABLE cell ENABLE ROW LEVEL SECURITY;
ALTER TABLE figure ENABLE ROW LEVEL SECURITY;
ALTER TABLE area_total ENABLE ROW LEVEL SECURITY;
ALTER TABLE place_capture ENABLE ROW LEVEL SECURITY;
ALTER TABLE incident ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON cell FOR SELECT TO reporting_reader USING (
  current_setting('reporting.sees', true) = 'everything' OR layer = '+released'
  OR layer = '' AND election_no IN (SELECT e.election_no FROM election e WHERE NOT e.has_workflow));
CREATE POLICY seen ON figure FOR SELECT TO reporting_reader USING (CASE WHEN current_setting('reporting.sees', true) = 'everything' THEN true
  ELSE EXISTS (SELECT FROM cell c WHERE c.cell_no = figure.cell_no) END);
CREATE POLICY seen ON area_total FOR SELECT TO reporting_reader USING (CASE WHEN current_setting('reporting.sees', true) = 'everything' THEN true
  ELSE EXISTS (SELECT FROM cell c WHERE c.cell_no = area_total.cell_no) END);
CREATE POLICY seen ON place_capture FOR SELECT TO reporting_reader USING (current_setting('reporting.sees', true) = 'everything');
CREATE POLICY seen ON incident FOR SELECT TO reporting_reader USING (current_setting('reporting.sees', true) = 'everything' OR released_at IS NOT NULL);
