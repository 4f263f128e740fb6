"""Month facts, indicators, targets, flags, dashboards and reports."""
