INSERT INTO reviews (id, account_id, creative_id, no, hash, scope, decision, reason, note, by, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
