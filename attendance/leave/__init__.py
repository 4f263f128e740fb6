"""Planned leave: asked for, decided, and prefilled on the register."""
