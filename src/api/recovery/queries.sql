-- name: databases  That may hold the ledger.
SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname;

-- name: holds_ledger
SELECT to_regclass('ledger.head') IS NOT NULL;
