INSERT INTO refresh_tokens (token, family, holder, issued_at, expires_at, used_at, revoked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
