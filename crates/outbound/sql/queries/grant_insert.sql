INSERT INTO user_grants (user_id, account_id, role) VALUES ($1, $2, $3)
