-- Which view version is live, how far each has read, and why one stopped.
CREATE TABLE ops.projection (
  version    integer PRIMARY KEY,
  schema     text NOT NULL UNIQUE,
  state      text NOT NULL CHECK (state IN ('building', 'ready', 'active', 'stopped', 'retired')),
  position   bigint NOT NULL DEFAULT 0,
  fingerprint text NOT NULL,
  error      text,
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX one_active_projection ON ops.projection ((true)) WHERE state IN ('active', 'stopped');
