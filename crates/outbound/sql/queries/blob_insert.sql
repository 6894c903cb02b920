INSERT INTO blobs (account_id, sha256, bytes, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (account_id, sha256) DO NOTHING
