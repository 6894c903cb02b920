SELECT MIN(moment) AS moment FROM (
  SELECT MIN(at) AS moment FROM events WHERE position IS NULL
  UNION ALL
  SELECT MIN(at) AS moment FROM events WHERE position > (SELECT told FROM relay)
) AS waiting
