SELECT id, account_id, name, version, created_at, updated_at FROM concepts
WHERE account_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3
