DELETE FROM blob_chunks WHERE account_id = $1 AND upload = $2
AND no IN (SELECT no FROM blob_chunks WHERE account_id = $1 AND upload = $2 ORDER BY no LIMIT $3)
AND EXISTS (SELECT 1 FROM blob_uploads WHERE account_id = $1 AND upload = $2 AND given_up)
