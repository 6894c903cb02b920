SELECT recipe, sha256, bytes, media_type, width, height FROM renditions
WHERE account_id = $1 AND source = $2 ORDER BY recipe
