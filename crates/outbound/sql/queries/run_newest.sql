SELECT run AS document FROM check_runs WHERE account_id = $1 AND creative_id = $2 AND no = $3
ORDER BY at DESC, id DESC LIMIT 1
