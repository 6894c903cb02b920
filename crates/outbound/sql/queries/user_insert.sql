INSERT INTO users (id, login, name, password, one_time_token, installation, created_at, disabled_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
