SELECT pg_advisory_xact_lock(hashtextextended($1, 7165064744844457335))
