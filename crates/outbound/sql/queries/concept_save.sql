UPDATE concepts SET name = $3, version = $4, updated_at = $5 WHERE account_id = $1 AND id = $2 AND version = $4 - 1
