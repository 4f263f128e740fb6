"""Children of the commune: the household survey, and who of them is on a roll."""
