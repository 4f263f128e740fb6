"""One first page per role."""

BY_PERMISSION = []
