UPDATE users SET login = $2, name = $3, password = $4, one_time_token = $5, installation = $6, created_at = $7,
  disabled_at = $8 WHERE id = $1
