-- The append-only log, its only door's owner, and the roles. Positions are dense: 1, 2, 3 …
DO $$
DECLARE r text;
BEGIN
  FOREACH r IN ARRAY ARRAY['ledger_owner', 'reporting_writer', 'reporting_projector', 'reporting_reader'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', r);
    END IF;
    -- A managed service's administrator is no superuser: it must be a member to hand over ownership.
    IF NOT pg_has_role(current_user, r, 'MEMBER') THEN
      EXECUTE format('GRANT %I TO CURRENT_USER', r);
    END IF;
  END LOOP;
END $$;

CREATE SCHEMA ledger;
CREATE SCHEMA ops;
GRANT USAGE, CREATE ON SCHEMA ledger TO ledger_owner;  -- without a superuser, ownership passes only to who may create here

-- One row. Whoever holds its lock may append; that makes positions gapless and commit-ordered.
CREATE TABLE ledger.head (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  position bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO ledger.head (position) VALUES (0);

-- One row per accepted command: who, from where, why. Personal data stands here, outside the event bytes.
-- body_hash: SHA-256 of the canonical command body. result: canonical answer bytes, given again on a repeat.
CREATE TABLE ledger.command (
  command_id     uuid PRIMARY KEY,
  body_hash      bytea NOT NULL,
  first_position bigint NOT NULL,
  last_position  bigint NOT NULL,
  recorded_at    timestamptz NOT NULL,
  person         text NOT NULL,
  office         text NOT NULL,
  role           text NOT NULL,
  on_behalf_of   text,
  channel        text NOT NULL,
  reason         text,
  cause          uuid,
  request_id     text
);

CREATE TABLE ledger.event (
  position       bigint PRIMARY KEY,
  stream_id      uuid NOT NULL,
  stream_version integer NOT NULL,
  type           text NOT NULL,
  type_version   smallint NOT NULL,
  command_id     uuid NOT NULL,
  recorded_at    timestamptz NOT NULL,
  state          bytea NOT NULL,
  UNIQUE (stream_id, stream_version)
);
