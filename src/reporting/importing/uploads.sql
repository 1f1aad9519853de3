-- name: waiting  A sender's files, the first that came first.
SELECT upload_id, name, sha256, size, received_at FROM ops.upload
WHERE person = %s AND office = %s AND jurisdiction = %s ORDER BY received_at, upload_id;

-- name: queue_of_sender  Files of one sender come one after the other, so that none slips past the bound.
SELECT pg_advisory_xact_lock(hashtextextended(%s, 1909));

-- name: add_upload
INSERT INTO ops.upload (upload_id, person, office, jurisdiction, name, sha256, size) VALUES (%s, %s, %s, %s, %s, %s, %s);

-- name: add_piece
INSERT INTO ops.upload_piece (upload_id, piece, content) VALUES (%s, %s, %s);

-- name: piece
SELECT content FROM ops.upload_piece WHERE upload_id = %s AND piece = %s;

-- name: remove_upload
DELETE FROM ops.upload WHERE upload_id = %s;

-- name: answer_of  What was answered to an import under a sender's own id.
SELECT request, answer FROM ops.import_answer WHERE command_id = %s;

-- name: add_answer
INSERT INTO ops.import_answer (command_id, request, answer) VALUES (%s, %s, %s) ON CONFLICT (command_id) DO NOTHING;
