SELECT creative_id, no, account_id, manifest, hash, author, parent, state, created_at FROM revisions
WHERE account_id = $1 AND creative_id = $2 AND no = $3
