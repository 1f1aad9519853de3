-- name: follows  What a standby runs to follow its primary: it takes the WAL, and replays it.
SELECT pid FROM pg_stat_activity WHERE backend_type IN ('walreceiver', 'startup');
