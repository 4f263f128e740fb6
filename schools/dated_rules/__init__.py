"""The page of dated rules: what holds, since when, by which decision, and what is to come."""
