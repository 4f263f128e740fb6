"""Following a child who is out of school, drifting or not returned, until it has an outcome."""
