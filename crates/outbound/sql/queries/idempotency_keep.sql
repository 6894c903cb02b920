INSERT INTO idempotency (by, key, fingerprint, outcome, at) VALUES ($1, $2, $3, $4, $5)
