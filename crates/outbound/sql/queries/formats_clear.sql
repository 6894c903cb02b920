DELETE FROM creative_formats WHERE creative_id = $1
