"""A forgotten password: by e-mail, or by a one-time code from whoever answers for the account."""

# A dated rule, in minutes (accounts.apps).
LINK_MINUTES = "accounts.reset_link_minutes"
