-- name: series_figures  One return with seven figures of every unit in every election.
INSERT INTO ledger.event (position, stream_id, stream_version, type, type_version, command_id, recorded_at, state)
SELECT h.position + n + 1, md5(format('h%%s/%%s', election, unit))::uuid, 1, 'FiguresEntered', 1, md5('history' || n)::uuid,
       clock_timestamp(),
       convert_to(format(
         '{"election":"h%%s","figures":{"c|a||":"%%s","c|b||":"%%s","c|c||":"%%s","c|d||":"%%s","c|e||":"%%s","c|electors||":"%%s",'
         '"c|voters||":"%%s"},"form":"result","slot":"final","unit":"u%%s"}',
         election, n %% 997, n %% 1009, n %% 5003, n %% 7919, n %% 10007, 60000 + n %% 9973, 30000 + n %% 6007, unit), 'UTF8')
FROM ledger.head h, generate_series(0, %(elections)s::int * %(units)s::int - 1) AS n,
LATERAL (SELECT lpad((n %% %(units)s::int + 1)::text, 4, '0') AS unit, lpad((n / %(units)s::int + 1)::text, 2, '0') AS election) AS w;

-- name: series_bare  The same values and coverage: seven sums and a rate of every prefecture and election.
SELECT json_agg(made)::text FROM (
  SELECT e.code AS election, n.code AS area, c.item, trim_scale(t.value)::text AS value, t.reported || '/' || x.units AS coverage
  FROM node n JOIN election e USING (election_no) JOIN cell c ON c.election_no = n.election_no AND c.slot = 'final' AND c.layer = ''
  JOIN expected x ON x.node_no = n.node_no AND x.contest = c.contest
  JOIN area_total t ON t.cell_no = c.cell_no AND t.node_no = n.node_no
  WHERE n.geography = 'adm' AND n.level = 'prefecture' AND c.item <> 'turnout'
  UNION ALL
  SELECT e.code, n.code, 'turnout', round(100 * t.value / d.value, 2)::text, t.reported || '/' || x.units
  FROM node n JOIN election e USING (election_no) JOIN cell c ON c.election_no = n.election_no AND c.slot = 'final' AND c.layer = '' AND c.item = 'voters'
  JOIN cell b ON b.election_no = n.election_no AND b.slot = 'final' AND b.layer = '' AND b.item = 'electors'
  JOIN expected x ON x.node_no = n.node_no AND x.contest = c.contest
  JOIN area_total t ON t.cell_no = c.cell_no AND t.node_no = n.node_no
  JOIN area_total d ON d.cell_no = b.cell_no AND d.node_no = n.node_no
  WHERE n.geography = 'adm' AND n.level = 'prefecture'
) AS made
