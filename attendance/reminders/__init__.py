"""Reminders of missing registers: to whom, and how they are delivered."""
