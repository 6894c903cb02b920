DELETE FROM jobs WHERE id = $1 AND lease = $2
