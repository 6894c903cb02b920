SELECT u.id, u.login, u.name, u.password, u.one_time_token, u.installation, u.created_at, u.disabled_at FROM users u
JOIN user_grants g ON g.user_id = u.id WHERE g.account_id = $1 ORDER BY u.login
