"""People who work in schools: their posts, the classes they teach, and who stands in for whom.

A person is not an account (docs/adr/0042): somebody without an account stands in the list, and
somebody in two schools is one person. What a teacher may do is read from the class assignments
of the day (`rights`).
"""
