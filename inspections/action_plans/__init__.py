"""Plans of action of areas: their tasks, what is reported, and measures proposed from flags."""
