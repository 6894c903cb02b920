INSERT INTO check_runs (id, account_id, creative_id, no, at, run) VALUES ($1, $2, $3, $4, $5, $6)
