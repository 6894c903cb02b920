SELECT c.bytes FROM blob_contents k JOIN blob_chunks c ON c.account_id = k.account_id AND c.upload = k.upload
WHERE k.account_id = $1 AND k.sha256 = $2 AND k.upload = $3 AND c.no = $4
