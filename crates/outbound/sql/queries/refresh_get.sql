SELECT token, family, holder, issued_at, expires_at, used_at, revoked_at FROM refresh_tokens WHERE token = $1
