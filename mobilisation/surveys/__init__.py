"""Yearly rounds of the survey, and the children a village has to bring to school."""
