INSERT INTO concepts (id, account_id, name, version, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
