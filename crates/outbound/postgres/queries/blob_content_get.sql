SELECT upload, size, chunk FROM blob_contents WHERE account_id = $1 AND sha256 = $2
