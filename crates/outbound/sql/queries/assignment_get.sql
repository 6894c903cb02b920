SELECT id, account_id, creative_id, package, media_buy, weight, flight_from, flight_until, created_at, ended_at
FROM assignments WHERE account_id = $1 AND id = $2
