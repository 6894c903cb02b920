SELECT id, account_id, by, at, address, request_id, action, subject, detail FROM audit
WHERE account_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3
