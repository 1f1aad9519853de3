-- Files that were sent to be imported, each its sender's own, until they are taken or discarded; the log keeps only their hash.
CREATE TABLE ops.upload (
  upload_id    uuid PRIMARY KEY,
  person       text NOT NULL,
  office       text NOT NULL,
  jurisdiction text NOT NULL,
  name         text NOT NULL,
  sha256       bytea NOT NULL CHECK (octet_length(sha256) = 32),
  size         bigint NOT NULL,
  received_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX upload_of_sender ON ops.upload (person, office, jurisdiction, received_at);
CREATE TABLE ops.upload_piece (
  upload_id uuid NOT NULL REFERENCES ops.upload ON DELETE CASCADE,
  piece     int NOT NULL,
  content   bytea NOT NULL,
  PRIMARY KEY (upload_id, piece)
);
-- What a sender's own id for an import was answered, so that sending again is safe.
CREATE TABLE ops.import_answer (
  command_id uuid PRIMARY KEY,
  request    bytea NOT NULL CHECK (octet_length(request) = 32),
  answer     text NOT NULL
);
REVOKE ALL ON ops.upload, ops.upload_piece, ops.import_answer FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON ops.upload, ops.upload_piece TO reporting_writer;
GRANT SELECT, INSERT ON ops.import_answer TO reporting_writer;
