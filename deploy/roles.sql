-- Separate logins on a PostgreSQL server (>= 15). Run as a superuser in every new database, also in one that a
-- backup is restored into: the server keeps the logins, each database has grants of its own. Safe to run again.
--
--   createdb reporting
--   psql -d reporting -v ON_ERROR_STOP=1 -f deploy/roles.sql
--
-- then set passwords with \password (or use certificates), and run `reporting migrate` as reporting_migrator.

DO $$
DECLARE r text;
BEGIN
  FOREACH r IN ARRAY ARRAY['reporting_migrator', 'reporting_app', 'reporting_notary', 'reporting_auditor', 'reporting_carrier'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
      EXECUTE format('CREATE ROLE %I', r);
    END IF;
  END LOOP;
END $$;

-- Owns the tables through the role ledger_owner; used by `reporting migrate` alone, never by a running service.
ALTER ROLE reporting_migrator LOGIN CREATEROLE CONNECTION LIMIT 4;

-- What `reporting serve` logs in as. It can become writer, projector or reader and nothing else; none of them may
-- change or remove a row of the ledger.
ALTER ROLE reporting_app LOGIN NOINHERIT NOCREATEDB NOCREATEROLE CONNECTION LIMIT 60;

-- What `reporting audit sign` logs in as, from a machine of its own: reads events and seals, never names or reasons, and
-- adds signed checkpoints. Not a member of anything else.
ALTER ROLE reporting_notary LOGIN NOINHERIT NOCREATEDB NOCREATEROLE CONNECTION LIMIT 3;

-- For people who look: psql, exports, auditors' own tools.
ALTER ROLE reporting_auditor LOGIN NOINHERIT NOCREATEDB NOCREATEROLE CONNECTION LIMIT 5;
ALTER ROLE reporting_auditor SET default_transaction_read_only = on;

-- With several logs in one installation: what `reporting logs` logs in as, in each of their databases and the reading one. Copies what
-- other logs recorded, and says so; changes nothing that stands.
ALTER ROLE reporting_carrier LOGIN NOINHERIT NOCREATEDB NOCREATEROLE CONNECTION LIMIT 8;

DO $$
DECLARE r text;
BEGIN
  FOREACH r IN ARRAY ARRAY['ledger_owner', 'reporting_writer', 'reporting_projector', 'reporting_reader', 'reporting_signer',
    'reporting_copier'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', r);
    END IF;
    EXECUTE format('GRANT %I TO reporting_migrator WITH ADMIN OPTION', r);
  END LOOP;
END $$;

GRANT reporting_writer, reporting_projector, reporting_reader TO reporting_app;
GRANT reporting_signer TO reporting_notary;
GRANT reporting_reader TO reporting_auditor;
GRANT reporting_copier, reporting_writer, reporting_reader TO reporting_carrier;

DO $$ BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO reporting_app, reporting_notary, reporting_auditor, reporting_carrier', current_database());
  -- the projector folds each batch in temporary tables; revoked from PUBLIC above
  EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO reporting_projector', current_database());
  -- so that a migration may let the projector make its own schemas
  EXECUTE format('ALTER DATABASE %I OWNER TO reporting_migrator', current_database());
END $$;

-- Where the list of applied migrations stands.
GRANT CREATE, USAGE ON SCHEMA public TO reporting_migrator;
