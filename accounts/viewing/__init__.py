"""Looking at the pages as the teacher of a class sees them, without being able to change anything.

The class lies in the session (`session`), the scope of such a request is what the teacher and the
reader both may (`scoping`), and one guard refuses every write and every page that is not meant to
be looked at (`guard`; called by `accounts.middleware`). ADR 57.
"""
