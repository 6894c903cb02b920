SELECT id, account_id, name, role, secret, created_at, expires_at, revoked_at FROM api_keys
WHERE account_id = $1 ORDER BY id DESC
