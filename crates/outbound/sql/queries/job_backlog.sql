SELECT COUNT(*) AS number, MIN(due) AS moment FROM jobs
