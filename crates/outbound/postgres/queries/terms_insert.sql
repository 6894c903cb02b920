INSERT INTO creative_terms (account_id, term, creative_id)
SELECT $1, value, $2 FROM jsonb_array_elements_text($3::jsonb) AS value
