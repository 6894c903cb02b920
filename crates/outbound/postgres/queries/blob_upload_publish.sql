WITH whole AS (DELETE FROM blob_uploads WHERE account_id = $1 AND upload = $2 AND NOT given_up
  RETURNING account_id, upload)
INSERT INTO blob_contents (account_id, sha256, upload, size, chunk)
SELECT account_id, $3, upload, $4, $5 FROM whole ON CONFLICT (account_id, sha256) DO NOTHING
