DELETE FROM user_grants WHERE user_id = $1
