WITH going_on AS (UPDATE blob_uploads SET touched_at = now()
  WHERE account_id = $1 AND upload = $2 AND NOT given_up RETURNING account_id, upload)
INSERT INTO blob_chunks (account_id, upload, no, bytes) SELECT account_id, upload, $3, $4 FROM going_on
