"""A target tried on past months before it is set."""
