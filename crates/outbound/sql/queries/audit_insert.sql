INSERT INTO audit (id, account_id, by, at, address, request_id, action, subject, detail)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
