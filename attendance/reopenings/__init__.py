"""Registers whose window is over, opened again for a while."""
