UPDATE relay SET holder = NULL, held_until = NULL, told = $2 WHERE holder = $1
