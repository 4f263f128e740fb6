"""Two records of one child made one, and a mistaken record removed."""
