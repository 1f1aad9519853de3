-- Nothing is erased before its time, under a legal hold, or by one person: the gate stands in the function that erases.

-- Rows of `retention.toml`, which says where each comes from; a test proves that both say the same.
CREATE TABLE ledger.retention_period (
  election      text NOT NULL,
  contest       text NOT NULL,
  polled_from   date,
  polled_before date,
  years         int NOT NULL CHECK (years > 0)
);
INSERT INTO ledger.retention_period (election, contest, polled_from, polled_before, years) VALUES
  ('lower_house', '', NULL, NULL, 4),
  ('upper_house', '', NULL, NULL, 6),
  ('prefectural_assembly', '', NULL, NULL, 4),
  ('designated_city_assembly', '', NULL, NULL, 4),
  ('municipal_assembly', '', NULL, NULL, 4),
  ('governor', '', NULL, NULL, 4),
  ('mayor', '', NULL, NULL, 4),
  ('', 'retention', '2023-02-17', NULL, 5),
  ('', 'retention', NULL, '2023-02-17', 10),
  ('?', '', NULL, NULL, 10),
  ('-', '', NULL, NULL, 10);
ALTER TABLE ledger.retention_period OWNER TO ledger_owner;
REVOKE ALL ON ledger.retention_period FROM PUBLIC;

-- In its own function, so that tests may move the clock. Japan's day.
CREATE FUNCTION ledger.retention_today_v1() RETURNS date LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN (clock_timestamp() AT TIME ZONE 'Asia/Tokyo')::date;

-- The last day on which an election's records are kept, by every definition it ever had and a year beside the law's period.
CREATE FUNCTION ledger.kept_until_v1(code text) RETURNS date LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH defined AS (
    SELECT d.*, split_part(d.kind, '.', 1) AS family
    FROM ledger.event e
    CROSS JOIN LATERAL (SELECT convert_from(e.state, 'UTF8')::jsonb->'definition' AS definition) j
    CROSS JOIN LATERAL (
      SELECT j.definition->>'kind' AS kind, (j.definition->>'polling_date')::date AS polled,
             ARRAY(SELECT c->>'kind' FROM jsonb_array_elements(j.definition->'contests') c) AS contests
    ) d
    WHERE e.type = 'ElectionDefined' AND j.definition->>'code' = code
  )
  SELECT max((d.polled + make_interval(years => p.years + 1))::date)
  FROM defined d
  JOIN ledger.retention_period p ON p.election IN ('', CASE
      WHEN EXISTS (SELECT FROM ledger.retention_period o WHERE o.election = d.family AND d.family <> '') THEN d.family ELSE '?' END)
    AND (p.contest = '' OR p.contest = ANY (d.contests))
    AND (p.polled_from IS NULL OR d.polled >= p.polled_from) AND (p.polled_before IS NULL OR d.polled < p.polled_before)
$$;

-- Elections that each command touched: by its events, but those that say what is held or disposed of. None: one empty row.
CREATE FUNCTION ledger.elections_of_v1(ids uuid[]) RETURNS TABLE (command_id uuid, election text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT DISTINCT c.command_id, t.election
  FROM ledger.command c
  LEFT JOIN LATERAL (
    SELECT coalesce(s.state->>'election', CASE WHEN e.type = 'ElectionDefined' THEN s.state->'definition'->>'code' END,
                    CASE WHEN e.type = 'ChangeProposed' AND s.state->>'subject' = 'election' THEN s.state->>'code' END) AS election
    FROM ledger.event e CROSS JOIN LATERAL (SELECT convert_from(e.state, 'UTF8')::jsonb AS state) s
    WHERE e.position BETWEEN c.first_position AND c.last_position
      AND e.stream_id <> '892fcbc5-aa23-52c1-ad6c-5e3348215728'
  ) t ON t.election IS NOT NULL
  WHERE c.command_id = ANY (ids)
$$;

-- Commands whose words a disposal would erase: of a person and those named; of an election; or, with neither, those of no election
-- whose period is over. Those that have no words left are none of them, nor those that
-- say who held and who disposed: they bear out the certificates.
CREATE FUNCTION ledger.disposable_v1(of_person text, named uuid[], of_election text) RETURNS uuid[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  ids uuid[];
BEGIN
  IF of_person IS NOT NULL OR cardinality(named) > 0 THEN
    SELECT array_agg(c.command_id ORDER BY c.command_id) INTO ids FROM ledger.command c
    WHERE c.person = of_person OR c.on_behalf_of = of_person OR (c.command_id = ANY (named) AND c.office_salt IS NOT NULL);
  ELSE
    SELECT array_agg(c.command_id ORDER BY c.command_id) INTO ids FROM ledger.command c
    WHERE (c.person_salt IS NOT NULL OR c.on_behalf_of_salt IS NOT NULL OR c.reason_salt IS NOT NULL)
      AND (of_election IS NOT NULL OR (c.recorded_at AT TIME ZONE 'Asia/Tokyo')::date + make_interval(years => 1 + (
            SELECT p.years FROM ledger.retention_period p WHERE p.election = '-')) < ledger.retention_today_v1())
      AND NOT EXISTS (SELECT FROM ledger.event e WHERE e.position BETWEEN c.first_position AND c.last_position
                      AND e.stream_id = '892fcbc5-aa23-52c1-ad6c-5e3348215728');
    SELECT array_agg(t.command_id ORDER BY t.command_id) INTO ids FROM ledger.elections_of_v1(ids) t
    WHERE t.election IS NOT DISTINCT FROM of_election;
  END IF;
  RETURN coalesce(ids, '{}');
END $$;

-- The digest that both people saw: SHA-256 over the ids in order.
CREATE FUNCTION ledger.digest_of_v1(ids uuid[]) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
RETURN encode(sha256(coalesce((SELECT string_agg(uuid_send(u.id), ''::bytea ORDER BY u.id) FROM unnest(ids) AS u(id)), '')), 'hex');

ALTER TABLE ledger.erasure ADD COLUMN disposal text, ADD COLUMN files bigint NOT NULL DEFAULT 0,
  ADD COLUMN addresses bigint NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX erasure_of_disposal ON ledger.erasure (disposal) WHERE disposal IS NOT NULL;

-- Carry out a disposal that one person proposed and another confirmed. Whatever way it is called: refused before its time (only a
-- request of the person or a court's order passes that), under a hold (only a court's order passes that), and where its commands are
-- not those that both saw. A second call answers what the first erased. Offices stay, except of commands named.
CREATE FUNCTION ledger.erase_v2(of_disposal text, of_person text, named_commands uuid[], erased_by text, why text)
RETURNS TABLE (commands bigint, files bigint, addresses bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  named uuid[] := coalesce(named_commands, '{}');
  proposal jsonb;
  proposed_by text;
  confirmed_by text;
  ids uuid[];
  elections text[];
  holds text;
  gone bigint := 0;
  unreachable bigint := 0;
BEGIN
  -- Holds are opened through the same lock: none comes between the answer and the erasure.
  PERFORM FROM ledger.head h WHERE h.only_row FOR UPDATE;
  SELECT cardinality(e.command_ids), e.files, e.addresses INTO commands, files, addresses FROM ledger.erasure e WHERE e.disposal = of_disposal;
  IF FOUND THEN
    RETURN NEXT; RETURN;
  END IF;
  SELECT convert_from(e.state, 'UTF8')::jsonb, c.person INTO proposal, proposed_by
  FROM ledger.event e JOIN ledger.command c USING (command_id)
  WHERE e.stream_id = '892fcbc5-aa23-52c1-ad6c-5e3348215728' AND e.type = 'DisposalProposed'
    AND convert_from(e.state, 'UTF8')::jsonb->>'disposal' = of_disposal
  ORDER BY e.position LIMIT 1;
  SELECT c.person INTO confirmed_by
  FROM ledger.event e JOIN ledger.command c USING (command_id)
  WHERE e.stream_id = '892fcbc5-aa23-52c1-ad6c-5e3348215728' AND e.type = 'DisposalConfirmed'
    AND convert_from(e.state, 'UTF8')::jsonb->>'disposal' = of_disposal
    AND c.person <> proposed_by AND '(erased)' NOT IN (c.person, proposed_by)
  ORDER BY e.position LIMIT 1;
  IF proposal IS NULL OR confirmed_by IS NULL THEN
    RAISE EXCEPTION 'retention: not_confirmed' USING ERRCODE = 'insufficient_privilege';
  END IF;

  IF proposal->>'ground' = 'period_over' THEN
    of_person := NULL; named := '{}';
    IF proposal->>'election' IS NOT NULL
      AND coalesce(ledger.kept_until_v1(proposal->>'election') >= ledger.retention_today_v1(), true) THEN
      RAISE EXCEPTION 'retention: kept_still' USING ERRCODE = 'insufficient_privilege';
    END IF;
  ELSIF proposal->>'ground' NOT IN ('data_protection', 'court_order') OR (of_person IS NULL AND cardinality(named) = 0) THEN
    RAISE EXCEPTION 'retention: not_confirmed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  ids := ledger.disposable_v1(of_person, named, proposal->>'election');
  IF ledger.digest_of_v1(ids) <> proposal->>'digest' THEN
    RAISE EXCEPTION 'retention: not_as_confirmed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  SELECT array_agg(DISTINCT t.election) INTO elections FROM ledger.elections_of_v1(ids) t WHERE t.election IS NOT NULL;
  IF proposal->>'ground' = 'period_over' AND EXISTS (
    SELECT FROM unnest(elections) AS u(code) WHERE coalesce(ledger.kept_until_v1(u.code) >= ledger.retention_today_v1(), true)) THEN
    RAISE EXCEPTION 'retention: kept_still' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF proposal->>'ground' <> 'court_order' THEN
    SELECT string_agg(s.state->>'hold', ', ' ORDER BY e.position) INTO holds
    FROM ledger.event e CROSS JOIN LATERAL (SELECT convert_from(e.state, 'UTF8')::jsonb AS state) s
    WHERE e.stream_id = '892fcbc5-aa23-52c1-ad6c-5e3348215728' AND e.type = 'HoldOpened'
      AND (s.state->>'record' IS NULL OR s.state->>'record' = proposal->>'record'
           OR (s.state->>'record' = 'files' AND of_person IS NOT NULL))
      AND (s.state->>'election' IS NULL OR s.state->>'election' = ANY (elections))
      AND NOT EXISTS (
        SELECT FROM ledger.event l WHERE l.stream_id = e.stream_id AND l.type = 'HoldLifted' AND l.position > e.position
          AND convert_from(l.state, 'UTF8')::jsonb->>'hold' = s.state->>'hold');
    IF holds IS NOT NULL THEN
      RAISE EXCEPTION 'retention: under_hold' USING ERRCODE = 'insufficient_privilege', DETAIL = holds;
    END IF;
  END IF;

  UPDATE ledger.command c SET
    body_hash = sha256(uuid_send(gen_random_uuid())),
    person = CASE WHEN c.person = of_person OR c.command_id = ANY (named) OR of_person IS NULL AND named = '{}'
                  THEN '(erased)' ELSE c.person END,
    person_salt = CASE WHEN c.person = of_person OR c.command_id = ANY (named) OR of_person IS NULL AND named = '{}'
                       THEN NULL ELSE c.person_salt END,
    office = CASE WHEN c.command_id = ANY (named) THEN '(erased)' ELSE c.office END,
    office_salt = CASE WHEN c.command_id = ANY (named) THEN NULL ELSE c.office_salt END,
    on_behalf_of = CASE WHEN c.on_behalf_of IS NOT NULL THEN '(erased)' END, on_behalf_of_salt = NULL,
    reason = CASE WHEN c.reason IS NOT NULL THEN '(erased)' END, reason_salt = NULL
  WHERE c.command_id = ANY (ids);
  IF of_person IS NOT NULL THEN
    DELETE FROM ops.upload u WHERE u.person = of_person;
    GET DIAGNOSTICS gone = ROW_COUNT;
    DELETE FROM ops.address a WHERE a.person = of_person;
    GET DIAGNOSTICS unreachable = ROW_COUNT;
  END IF;
  INSERT INTO ledger.erasure (erased_by, ground, command_ids, disposal, files, addresses)
  VALUES (erased_by, why, ids, of_disposal, gone, unreachable);
  commands := cardinality(ids); files := gone; addresses := unreachable;
  RETURN NEXT;
END $$;
DROP FUNCTION ledger.erase_v1;

-- The same rule; its hint names the function that is there now.
CREATE OR REPLACE FUNCTION ledger.refuse_command_change_v1() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  erasable text[] := '{body_hash,person,person_salt,office,office_salt,on_behalf_of,on_behalf_of_salt,reason,reason_salt}';
BEGIN
  IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - erasable = to_jsonb(OLD) - erasable
    AND ((NEW.person, NEW.person_salt) IS NOT DISTINCT FROM (OLD.person, OLD.person_salt)
         OR (NEW.person = '(erased)' AND NEW.person_salt IS NULL))
    AND ((NEW.office, NEW.office_salt) IS NOT DISTINCT FROM (OLD.office, OLD.office_salt)
         OR (NEW.office = '(erased)' AND NEW.office_salt IS NULL))
    AND ((NEW.on_behalf_of, NEW.on_behalf_of_salt) IS NOT DISTINCT FROM (OLD.on_behalf_of, OLD.on_behalf_of_salt)
         OR (NEW.on_behalf_of = '(erased)' AND OLD.on_behalf_of IS NOT NULL AND NEW.on_behalf_of_salt IS NULL))
    AND ((NEW.reason, NEW.reason_salt) IS NOT DISTINCT FROM (OLD.reason, OLD.reason_salt)
         OR (NEW.reason = '(erased)' AND OLD.reason IS NOT NULL AND NEW.reason_salt IS NULL))
    AND (NEW.person_salt IS NULL OR NEW.on_behalf_of = '(erased)' OR NEW.reason = '(erased)')
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'the ledger is append-only: % on %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege', HINT = 'Append a correcting event instead; ledger.erase_v2 erases words.';
END $$;

DO $$
DECLARE f text;
BEGIN
  FOREACH f IN ARRAY ARRAY['retention_today_v1', 'kept_until_v1', 'elections_of_v1', 'disposable_v1', 'digest_of_v1', 'erase_v2'] LOOP
    EXECUTE format('ALTER FUNCTION ledger.%I OWNER TO ledger_owner', f);
    EXECUTE format('REVOKE ALL ON FUNCTION ledger.%I FROM PUBLIC', f);
  END LOOP;
END $$;
-- What would be erased may be counted by whoever proposes it; only the owner erases.
GRANT SELECT ON ledger.retention_period TO reporting_writer, reporting_reader;
GRANT EXECUTE ON FUNCTION ledger.retention_today_v1, ledger.kept_until_v1, ledger.elections_of_v1, ledger.disposable_v1,
  ledger.digest_of_v1 TO reporting_writer, reporting_reader;
