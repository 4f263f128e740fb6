"""The year's turn: next year's classes from this year's, pupils moved up, in one step."""
