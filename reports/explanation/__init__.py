"""Explain a figure: from a rate to its registers, and to the pupil-sessions behind it."""
