-- Which view version is live, how far each has read, and why one stopped.
CREATE TABLE ops.projection (
  version    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  state      text NOT NULL CHECK (state IN ('building', 'active', 'stopped', 'retired')),
  position   bigint NOT NULL DEFAULT 0,
  error      text,
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- A stopped projection stays the one that is read: readers are told it is degraded.
CREATE UNIQUE INDEX one_live_projection ON ops.projection ((true)) WHERE state IN ('active', 'stopped');
