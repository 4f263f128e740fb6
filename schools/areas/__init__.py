"""Administrative units in time: the tree of a day, and what became of units that ended."""
