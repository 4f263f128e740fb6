"""Is the province ready for the first morning: what is missing, where, and the guided start.

Everything is worked out from what exists; nothing of it is stored. Stands at the top of the
project because it asks every app; no app imports it.
"""
