"""How passwords are hashed, and how many at once.

A hash is made to cost time. Without a bound a few guessers keep every core busy with it and
nobody else gets a page.
"""

from django.contrib.auth import hashers

from core.contention import AtMost

# Of one process. A further one is asked to come again and does not wait: whoever waits holds
# one of the few threads that answer pages.
hashing = AtMost(2)


class BoundedArgon2(hashers.Argon2PasswordHasher):
    """Argon2id with the parameters of OWASP's password storage cheat sheet: 19 MiB, 2, 1."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with hashing():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with hashing():
            return super().verify(password, encoded)


class BoundedPBKDF2(hashers.PBKDF2PasswordHasher):
    """For passwords set before Argon2; each is hashed anew at its next sign-in."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        with hashing():
            return super().encode(password, salt, iterations)
