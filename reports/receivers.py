"""Who listens: news from below marks class-months stale."""


def connect():
    """Connect the receivers of this app; called once when it is loaded."""
