"""Help that fits on one screen, and the same on one printed page: one guide per role."""
