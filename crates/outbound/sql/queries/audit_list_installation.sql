SELECT id, account_id, by, at, address, request_id, action, subject, detail FROM audit
WHERE account_id IS NULL AND id < $1 ORDER BY id DESC LIMIT $2
