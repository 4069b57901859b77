"""The password hash of the portal."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2Hasher(Argon2PasswordHasher):
    """argon2id at 19 MiB, two passes, one lane: about 60 ms of one core per login."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
