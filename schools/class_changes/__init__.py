"""Classes that merge or split in the course of their year.

The pupils change class on one day; what was filed until then stays in the class in which it was
taken. A class that was merged into another one has ended, and its registers of the last days can
still be corrected by whoever could before.
"""
