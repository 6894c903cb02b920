UPDATE accounts SET name = $2, brand_domain = $3, operator = $4, change_policy = $5, version = $6, updated_at = $7
WHERE id = $1 AND version = $6 - 1
