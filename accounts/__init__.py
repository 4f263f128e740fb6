"""People: users, the roles they hold for places between dates, sign-in, and their scope."""
