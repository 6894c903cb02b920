INSERT INTO renditions (account_id, source, recipe, sha256, bytes, media_type, width, height)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (account_id, source, recipe) DO UPDATE SET sha256 = excluded.sha256, bytes = excluded.bytes,
  media_type = excluded.media_type, width = excluded.width, height = excluded.height
