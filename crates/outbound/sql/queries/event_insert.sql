INSERT INTO events (id, account_id, creative_id, sequence, at, by, what, trace) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
