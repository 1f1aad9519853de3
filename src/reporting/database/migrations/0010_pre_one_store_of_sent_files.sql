-- Files that were sent, in whatever way, stand in one place: imports and workbooks that came back. The same file of one sender is
-- one upload; of copies under several names the last stays.
DELETE FROM ops.upload u USING ops.upload later
WHERE (u.person, u.office, u.jurisdiction, u.sha256) = (later.person, later.office, later.jurisdiction, later.sha256)
  AND (u.received_at, u.upload_id) < (later.received_at, later.upload_id);
ALTER TABLE ops.upload ADD COLUMN way text NOT NULL DEFAULT 'import' CHECK (way IN ('import', 'workbook'));
DROP INDEX ops.upload_of_sender;
CREATE UNIQUE INDEX upload_of_sender ON ops.upload (person, office, jurisdiction, sha256);
CREATE INDEX upload_by_age ON ops.upload (received_at);
GRANT UPDATE (way, name, received_at) ON ops.upload TO reporting_writer;
-- Whoever erases a person owns what names one: rows, and the planner's statistics of them.
GRANT USAGE, CREATE ON SCHEMA ops TO ledger_owner;
ALTER TABLE ops.upload OWNER TO ledger_owner;
ALTER TABLE ops.upload_piece OWNER TO ledger_owner;
REVOKE CREATE ON SCHEMA ops FROM ledger_owner;
