"""School years: opened before they begin, closed when all is settled."""
