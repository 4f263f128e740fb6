"""A person's digests and what they chose of them: how often, by e-mail or not, which parts.

What a digest holds and how it is made is in `core.digests`; here is who reads one.
"""
