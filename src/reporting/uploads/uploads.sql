-- name: waiting  A sender's files that are not too old, the first that came first.
SELECT upload_id, way, name, sha256, size, received_at FROM ops.upload
WHERE person = %s AND office = %s AND jurisdiction = %s AND received_at > clock_timestamp() - %s::interval
ORDER BY received_at, upload_id;

-- name: queue_of_sender  Files of one sender come one after the other, so that none slips past the bound.
SELECT pg_advisory_xact_lock(hashtextextended(%s, 1909));

-- name: bytes_of_all
SELECT coalesce(sum(size), 0)::bigint FROM ops.upload;

-- name: add_upload
INSERT INTO ops.upload (upload_id, person, office, jurisdiction, way, name, sha256, size) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
RETURNING received_at;

-- name: send_again  The same file under the name that it has by now.
UPDATE ops.upload SET way = %s, name = %s, received_at = clock_timestamp() WHERE upload_id = %s RETURNING received_at;

-- name: add_piece
INSERT INTO ops.upload_piece (upload_id, piece, content) VALUES (%s, %s, %s);

-- name: piece
SELECT content FROM ops.upload_piece WHERE upload_id = %s AND piece = %s;

-- name: remove_upload
DELETE FROM ops.upload WHERE upload_id = %s;

-- name: remove_old  Of anybody; those that somebody sends again at this moment stay.
DELETE FROM ops.upload WHERE upload_id IN (
  SELECT upload_id FROM ops.upload WHERE received_at <= clock_timestamp() - %s::interval FOR UPDATE SKIP LOCKED
);

-- name: answer_of  What was answered to an import under a sender's own id.
SELECT request, answer FROM ops.import_answer WHERE command_id = %s;

-- name: add_answer
INSERT INTO ops.import_answer (command_id, request, answer) VALUES (%s, %s, %s) ON CONFLICT (command_id) DO NOTHING;
