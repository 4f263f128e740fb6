"""What the visits of a month or quarter found, as a report to the provincial committee."""
