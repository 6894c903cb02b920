SELECT account_id, role FROM user_grants WHERE user_id = $1 ORDER BY account_id
