"""API of attendance: a register read and sent, and many sent at once."""
