"""A member's visits and days to act by, in the calendar of a phone: a private address."""
