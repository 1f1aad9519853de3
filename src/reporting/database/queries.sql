-- name: lock_migrations  One migrator at a time, for the length of the session.
SELECT pg_advisory_lock(7203001);

-- name: create_migration_table  What was applied, with the checksum it had.
CREATE TABLE IF NOT EXISTS public.reporting_migration (
  name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- name: applied_migrations  Names and checksums.
SELECT name, checksum FROM public.reporting_migration;

-- name: record_migration
INSERT INTO public.reporting_migration (name, checksum) VALUES (%s, %s);
