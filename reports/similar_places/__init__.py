"""A commune or a school among those most like it."""
