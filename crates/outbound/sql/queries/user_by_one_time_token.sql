SELECT id, login, name, password, one_time_token, installation, created_at, disabled_at FROM users
WHERE one_time_token = $1
