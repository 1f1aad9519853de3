-- name: figures  A log of FiguresEntered events, four figures each, canonical bytes, no cell twice: all units report one
-- contest of one slot after the other. Stream ids are MD5 of the natural key here, which nothing that reads depends on.
INSERT INTO ledger.event (position, stream_id, stream_version, type, type_version, command_id, recorded_at, state)
SELECT h.position + n + 1,
       md5(format('e%%s/s%%s/u%%s', election, slot, unit))::uuid, contest, 'FiguresEntered', 1,
       md5('command' || n)::uuid, clock_timestamp(),
       convert_to(format(
         '{"election":"e%%s","figures":{"c%%s|electors||":"%%s","c%%s|invalid||":"%%s","c%%s|valid||":"%%s","c%%s|voters||":"%%s"},'
         '"form":"night","slot":"s%%s","unit":"u%%s"}',
         election, contest, 90000 + n %% 7919, contest, n %% 997, contest, 40000 + n %% 6007, contest, 50000 + n %% 6011,
         slot, unit), 'UTF8')
FROM ledger.head h, generate_series(0, %(events)s - 1) AS n,
LATERAL (SELECT n / %(units)s AS turn) AS t,
LATERAL (SELECT lpad((n %% %(units)s + 1)::text, 4, '0') AS unit, turn %% 4 + 1 AS contest,
                (turn / 4) %% %(slots)s + 1 AS slot, turn / 4 / %(slots)s + 1 AS election) AS w;

-- name: night  Events of a night that was corrected and approved, four figures each, canonical bytes. In cycles of four slots,
-- pass by pass over all units: each slot's four contests are entered, one of them is corrected, all are approved at one level
-- and at the next (13 passes); then a figure of the first slot is corrected again and approved again at both (3 more). Of 55
-- passes 5 correct. Stream ids are MD5 of the natural key here, which nothing that reads depends on.
INSERT INTO ledger.event (position, stream_id, stream_version, type, type_version, command_id, recorded_at, state)
SELECT h.position + n + 1, md5(format('e%%s/s%%s/u%%s', election, slot, unit))::uuid, version, type, 2,
       md5('command' || turn)::uuid, clock_timestamp(),
       convert_to(
         CASE level WHEN 'prefecture' THEN format('{"area":"p%%s","edition":null,', lpad(((n %% %(units)s) %% 47)::text, 2, '0'))
                    WHEN 'nation' THEN '{"area":"JP","edition":null,' ELSE '{' END
         || format('"election":"e%%s","figures":{"c%%s|electors||":"%%s","c%%s|invalid||":"%%s","c%%s|valid||":"%%s","c%%s|voters||":"%%s"},"form":"night",',
                   election, contest, 90000 + seed %% 7919, contest, seed %% 997, contest, 40000 + seed %% 6007, contest, 50000 + seed %% 6011)
         || CASE type WHEN 'ReturnApproved' THEN format('"level":"%%s","override":false,', level)
                      WHEN 'FiguresCorrected' THEN '"reason_class":"typing_error",' ELSE '' END
         || format('"slot":"s%%s",', slot)
         || CASE type WHEN 'FiguresCorrected' THEN
              format('"supersedes":{"c%%1$s|electors||":%%2$s,"c%%1$s|invalid||":%%2$s,"c%%1$s|valid||":%%2$s,"c%%1$s|voters||":%%2$s},',
                     contest, h.position + n + 1 - (pass - corrects) * %(units)s) ELSE '' END
         || CASE WHEN type = 'ReturnApproved' THEN '' ELSE '"typed_at":{},' END
         || format('"unit":"u%%s"}', unit), 'UTF8')
FROM ledger.head h, generate_series(0, %(events)s - 1) AS n,
LATERAL (SELECT n / %(units)s AS turn, lpad((n %% %(units)s + 1)::text, 4, '0') AS unit) AS t,
LATERAL (SELECT turn %% 55 AS pass, turn / 55 * 4 + CASE WHEN turn %% 55 < 52 THEN turn %% 55 / 13 ELSE 0 END AS nth) AS p,
LATERAL (SELECT nth %% %(slots)s + 1 AS slot, nth / %(slots)s + 1 AS election,
                CASE WHEN pass < 52 THEN pass %% 13 ELSE pass - 52 + 13 END AS step) AS s,
LATERAL (SELECT step + 1 AS version,
                CASE WHEN step < 4 THEN 'FiguresEntered' WHEN step IN (4, 13) THEN 'FiguresCorrected' ELSE 'ReturnApproved' END AS type,
                CASE WHEN step BETWEEN 5 AND 8 OR step = 14 THEN 'prefecture' WHEN step BETWEEN 9 AND 12 OR step = 15 THEN 'nation' END AS level,
                CASE WHEN step < 4 THEN step WHEN step = 4 THEN pass / 13 WHEN step < 13 THEN (step - 5) %% 4 ELSE 0 END + 1 AS contest,
                CASE step WHEN 4 THEN pass - 4 + pass / 13 WHEN 13 THEN 4 END AS corrects) AS w,
LATERAL (SELECT CASE WHEN step IN (4, 13) THEN n ELSE n - (CASE
                  WHEN step < 4 THEN 0
                  WHEN step >= 14 THEN step - 13
                  WHEN contest = pass / 13 + 1 THEN step - 4
                  ELSE step - contest + 1 END) * %(units)s END AS seed) AS v;

-- name: night_commands  Of every pass.
INSERT INTO ledger.command (command_id, body_hash, first_position, last_position, recorded_at, person, office, role, channel, reason)
SELECT command_id, '', min(position), max(position), min(recorded_at), 'clerk', 'office', 'prefecture', 'api', 'reason'
FROM ledger.event WHERE position > %(after)s GROUP BY command_id;

-- name: move_head
UPDATE ledger.head SET position = (SELECT max(position) FROM ledger.event);

-- name: unpack  The floor for every projection of this log: parse each event and walk its figures, nothing else.
SELECT count(*) FROM ledger.event e, jsonb_each_text(convert_from(e.state, 'UTF8')::jsonb -> 'figures');

-- name: forget_views  As if nothing had ever been projected.
DELETE FROM ops.projection;

-- name: plain_table  Columns, primary key and indexes of the ledger's event table.
CREATE TABLE public.plain_event (LIKE ledger.event INCLUDING INDEXES INCLUDING CONSTRAINTS);

-- name: area_total  What the wide read answers with, ready in one flat table.
CREATE SCHEMA flat;
CREATE TABLE flat.area_total (
  code text PRIMARY KEY, name text NOT NULL, name_en text, level text NOT NULL, geography text NOT NULL,
  item text NOT NULL, value text, reported int NOT NULL);

-- name: wide_bare  What the wide read answers with, by one statement over the views that does nothing else. The cell is found first:
-- joined as it is, it takes three times as long.
WITH wanted AS MATERIALIZED (
  SELECT cell_no FROM cell WHERE (election_no, form, slot, layer, key) = (%(election_no)s, 'night', 's1', '', %(contest)s || '|voters||')
)
SELECT json_agg(made)::text FROM (
  SELECT n.code, n.name, n.name_en AS "nameEn", n.level, n.geography, 'voters' AS item,
         CASE WHEN t.counted > 0 THEN trim_scale(t.value)::text END AS value, coalesce(t.reported, 0) AS reported
  FROM node n JOIN expected x ON x.node_no = n.node_no AND x.contest = %(contest)s AND x.form = ''
  LEFT JOIN (SELECT * FROM total_at WHERE cell_no = (SELECT cell_no FROM wanted)) t ON t.place_no = n.place_no
  WHERE n.election_no = %(election_no)s AND n.geography = 'adm' AND n.level = 'municipality' ORDER BY n.code LIMIT %(first)s
) AS made

-- name: whole_bare  A page of a whole count, by one statement over the views that does nothing else: the rows that it has first, then what
-- stands at their cells and places.
WITH wanted AS MATERIALIZED (
  SELECT k.n, c.cell_no, c.item, c.choice FROM unnest(%(keys)s::text[]) WITH ORDINALITY AS k(key, n)
  JOIN cell c ON (c.election_no, c.form, c.slot, c.layer, c.key) = (%(election_no)s, 'count', 'final', '', k.key)
), page AS MATERIALIZED (
  SELECT n.code, n.name, n.place_no, x.units, w.* FROM node n JOIN expected x ON x.node_no = n.node_no AND x.contest = 'seat' AND x.form = ''
  CROSS JOIN wanted w
  WHERE n.election_no = %(election_no)s AND n.geography = 'adm' AND n.level = 'municipality' AND (n.code, w.n) > (%(code)s, %(n)s)
  ORDER BY n.code, w.n LIMIT %(first)s
)
SELECT json_agg(made)::text FROM (
  SELECT p.code, p.name, p.item, p.choice, CASE WHEN t.counted > 0 THEN trim_scale(t.value)::text END AS value,
         coalesce(t.reported, 0) AS reported, p.units AS expected
  FROM page p LEFT JOIN (
    SELECT * FROM total_at WHERE cell_no = ANY(ARRAY(SELECT DISTINCT cell_no FROM page)) AND place_no = ANY(ARRAY(SELECT DISTINCT place_no FROM page)) OFFSET 0
  ) t ON t.cell_no = p.cell_no AND t.place_no = p.place_no
  ORDER BY p.code, p.n
) AS made

-- name: view_schemas
SELECT nspname FROM pg_namespace WHERE nspname ~ '^views_v[0-9]+$';

-- name: peer_figure
CREATE TABLE IF NOT EXISTS peer_figure (
  sheet text, key text, unit text, value numeric NOT NULL, PRIMARY KEY (sheet, key, unit));

-- name: peer_total
CREATE TABLE IF NOT EXISTS peer_total (
  sheet text, key text, node text, value numeric NOT NULL, reported int NOT NULL, PRIMARY KEY (sheet, key, node));

-- name: peer_put_totals  Before the figures, which say what is replaced.
INSERT INTO peer_total
SELECT %(sheet)s, n.key, node, n.text::numeric - coalesce(o.value, 0), (o.value IS NULL)::int
FROM unnest(%(keys)s::text[], %(texts)s::text[]) AS n(key, text) CROSS JOIN unnest(%(nodes)s::text[]) AS node
LEFT JOIN peer_figure o ON (o.sheet, o.key, o.unit) = (%(sheet)s, n.key, %(unit)s)
ON CONFLICT (sheet, key, node) DO UPDATE
SET value = peer_total.value + excluded.value, reported = peer_total.reported + excluded.reported;

-- name: peer_put_figures
INSERT INTO peer_figure
SELECT %(sheet)s, n.key, %(unit)s, n.text::numeric FROM unnest(%(keys)s::text[], %(texts)s::text[]) AS n(key, text)
ON CONFLICT (sheet, key, unit) DO UPDATE SET value = excluded.value;

-- name: flat_file  What a tidy file says, and nothing that anybody asks of it.
CREATE TABLE public.flat_file (
  election text, form text, slot text, unit text, contest text, item text, choice text, value numeric NOT NULL,
  PRIMARY KEY (election, form, slot, unit, contest, item, choice));

-- name: copy_file
COPY public.flat_file FROM STDIN (FORMAT csv, HEADER true);
