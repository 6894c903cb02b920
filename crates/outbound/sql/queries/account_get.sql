SELECT id, name, brand_domain, operator, change_policy, version, created_at, updated_at FROM accounts WHERE id = $1
