"""The notification by which a digest goes out; its key is that of the period."""

from ..notifications.kinds import Preference, declare

# Composed when it is sent, from the row that the page shows.
DIGEST = declare("core.digest", preference=Preference.DIGESTS)
