UPDATE relay SET holder = $1, held_until = $3 WHERE holder IS NULL OR holder = $1 OR held_until <= $2
RETURNING told AS number
