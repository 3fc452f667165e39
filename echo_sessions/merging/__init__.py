"""Two records of one person made one, with undo."""
