-- name: totals_figures  One return of every unit in each slot: voters and electors of the whole, and four candidates' votes in its
-- district. In other slots than the first each tenth unit gives one of the two only, none of the two, or withholds one.
INSERT INTO ledger.event (position, stream_id, stream_version, type, type_version, command_id, recorded_at, state)
SELECT h.position + row_number() OVER (), md5(format('t%%s/%%s', slot, unit))::uuid, 1, 'FiguresEntered', 1, md5(format('t%%s/%%s', slot, n))::uuid,
       clock_timestamp(),
       convert_to(format('{"election":"t","figures":{%%s%%s%%s"d%%s|votes||1":"%%s","d%%s|votes||2":"%%s","d%%s|votes||3":"%%s","d%%s|votes||4":"%%s"},'
         '"form":"night","slot":"%%s","unit":"u%%s"}',
         CASE WHEN short AND slot = 'lacking' THEN '' WHEN short AND slot = 'withheld' THEN '"c|electors||":"!suppressed",'
              ELSE format('"c|electors||":"%%s",', 60000 + n %% 9973) END,
         CASE WHEN short AND slot IN ('lacking', 'onesided') THEN '' ELSE format('"c|voters||":"%%s",', 30000 + n %% 6007) END,
         '', district, n %% 997, district, n %% 1009, district, n %% 5003, district, n %% 7919, slot, unit), 'UTF8')
FROM ledger.head h, unnest(ARRAY['whole', 'onesided', 'lacking', 'withheld']) AS slot, generate_series(0, %(units)s::int - 1) AS n,
LATERAL (SELECT lpad((n + 1)::text, 4, '0') AS unit, n %% %(districts)s::int AS district, n %% 10 = 3 AS short) AS w;
