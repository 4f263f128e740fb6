"""A pupil goes from one school of the province to another: one act with two hands."""
