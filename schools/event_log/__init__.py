"""The page of events: who did what, when."""
