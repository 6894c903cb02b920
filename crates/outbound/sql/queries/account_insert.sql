INSERT INTO accounts (id, name, brand_domain, operator, change_policy, version, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
