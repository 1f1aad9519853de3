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

-- name: replication  Whether this server takes changes, and how far a standby is behind. A reader may not see what pg_stat_wal_receiver
-- tells, but whether there is one. Without one (the primary is away, or WAL comes as files) what is not known to be current is late.
SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only')::boolean, heard.receiving,
       pg_last_wal_receive_lsn()::text, pg_last_wal_replay_lsn()::text,
       CASE WHEN NOT pg_is_in_recovery() OR heard.receiving AND pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
            ELSE coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 0) END::float8
FROM (SELECT EXISTS (SELECT FROM pg_stat_wal_receiver) AS receiving) AS heard;
