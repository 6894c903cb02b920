DELETE FROM creative_terms WHERE creative_id = $1
