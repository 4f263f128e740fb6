"""What people are notified of: written once, delivered by each channel that is set up.

An app declares its kinds (`kinds.declare`) and its services call `writing.notify` inside their
transaction; a job delivers after the commit and tries again what failed (`sending`). What an
app above must answer, who wants none, it registers with `preferences.sources`.
"""
