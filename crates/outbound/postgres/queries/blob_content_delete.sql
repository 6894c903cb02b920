WITH gone AS (DELETE FROM blob_contents WHERE account_id = $1 AND sha256 = $2 RETURNING account_id, upload)
INSERT INTO blob_uploads (account_id, upload, given_up) SELECT account_id, upload, TRUE FROM gone RETURNING upload
