INSERT INTO jobs (id, account_id, creative_id, no, tries, due) VALUES ($1, $2, $3, $4, $5, $6)
