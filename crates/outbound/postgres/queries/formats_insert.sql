INSERT INTO creative_formats (account_id, format_id, creative_id, created_at)
SELECT $1, value, $2, (SELECT created_at FROM creatives WHERE id = $2) FROM jsonb_array_elements_text($3::jsonb) AS value
