SELECT COUNT(*) AS number FROM (SELECT 1 FROM assignments
  WHERE account_id = $1 AND creative_id = $2 AND ended_at IS NULL LIMIT 1) AS one
