-- Where people are told of what happens: personal data, beside the log, gone with the person. Nobody is told of what is older than
-- their address (`since`: a ledger position). `rank`: 0 is told first. `secret`: signs what a webhook gets.
CREATE TABLE ops.address (
  address_id uuid PRIMARY KEY,
  office     text NOT NULL,
  person     text NOT NULL,
  channel    text NOT NULL CHECK (channel IN ('webhook', 'mail', 'telephone')),
  address    text NOT NULL,
  secret     text,
  rank       int NOT NULL CHECK (rank BETWEEN 0 AND 9),
  quiet_from time,
  quiet_to   time,
  since      bigint NOT NULL,
  CHECK ((quiet_from IS NULL) = (quiet_to IS NULL)),
  CHECK ((secret IS NOT NULL) = (channel = 'webhook')),
  UNIQUE (office, person, channel, address)
);
-- What there is to tell, as a follower of the log found it, and how far it has read: one transaction.
CREATE TABLE ops.notice (
  position bigint PRIMARY KEY,
  kind     text NOT NULL,
  election text NOT NULL,
  form     text NOT NULL,
  slot     text NOT NULL,
  unit     text NOT NULL,
  laid_out boolean NOT NULL DEFAULT false
);
CREATE INDEX notice_to_lay_out ON ops.notice (position) WHERE NOT laid_out;
CREATE TABLE ops.notices_read (
  application text PRIMARY KEY,
  position    bigint NOT NULL
);
-- One for each address that is to be told of a notice. `next_at`: not tried before; NULL: only when somebody before it is not reached.
CREATE TABLE ops.delivery (
  delivery_id uuid PRIMARY KEY,
  position    bigint NOT NULL REFERENCES ops.notice,
  address_id  uuid NOT NULL REFERENCES ops.address ON DELETE CASCADE,
  state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'made', 'dead', 'unneeded')),
  attempts    int NOT NULL DEFAULT 0,
  next_at     timestamptz,
  failure     text,
  said        text,
  UNIQUE (position, address_id)
);
CREATE INDEX delivery_waiting ON ops.delivery (next_at) WHERE state = 'waiting';
CREATE INDEX delivery_of_address ON ops.delivery (address_id);
REVOKE ALL ON ops.address, ops.notice, ops.notices_read, ops.delivery FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON ops.address TO reporting_writer;
GRANT SELECT, INSERT, UPDATE ON ops.notice, ops.notices_read, ops.delivery TO reporting_writer;
GRANT USAGE, CREATE ON SCHEMA ops TO ledger_owner;
ALTER TABLE ops.address OWNER TO ledger_owner;
ALTER TABLE ops.delivery OWNER TO ledger_owner;
REVOKE CREATE ON SCHEMA ops FROM ledger_owner;
