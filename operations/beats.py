"""Who keeps the timetable: every beat leaves its name in Redis when it sends the pulse."""

import os
import socket
import time

from redis import Redis

KEY = "lce:beats"
REMEMBERED = 150  # seconds; the pulse comes every 60


def note_beat(client: "Redis") -> None:
    """Leave the name of this process; forget those that went."""
    now = time.time()
    client.zadd(KEY, {f"{os.getpid()}@{socket.gethostname()}": now})
    client.zremrangebyscore(KEY, 0, now - REMEMBERED)


def forget_beat(client: "Redis") -> None:
    """Take the name of this process away: it ends in order."""
    client.zrem(KEY, f"{os.getpid()}@{socket.gethostname()}")


def count_beats(client: "Redis") -> int:
    """How many sent the pulse within `REMEMBERED`."""
    return client.zcount(KEY, time.time() - REMEMBERED, "+inf")
