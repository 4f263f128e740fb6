"""The page of the abbreviations in papers' numbers: which stand where, and from when."""
