SELECT account_id, sha256, bytes, created_at FROM blobs WHERE account_id = $1 AND sha256 = $2
