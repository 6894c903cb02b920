SELECT id, account_id, name, role, secret, created_at, expires_at, revoked_at FROM api_keys WHERE secret = $1
