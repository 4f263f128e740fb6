"""How the web process of a province is run, in the image as under systemd.

Gunicorn reads this by itself from the folder of the project; what the command line says wins.
"""

import os
from pathlib import Path

from lai_chau_edu.logs import configuration

os.umask(0o077)  # as lai_chau_edu.starting, which needs a database named

bind = "127.0.0.1:8000"
workers = int(os.environ.get("WEB_CONCURRENCY") or 4)
# The program is read once, and its memory shared by all; a new version needs a start, not a reload.
preload_app = True
worker_class = "gthread"
threads = 4
# What a worker may have gathered is given back after so many requests.
max_requests, max_requests_jitter = 5000, 500
graceful_timeout = 30  # seconds that running requests get at a reload or stop
control_socket_disable = True
# Its pulse must not wait for a slow disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
logconfig_dict = {
    **configuration(os.environ.get("LOG_LEVEL") or "INFO"),
    "loggers": {"gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True}},
}


def when_ready(server):
    """Called in the master, before it forks workers."""
    from lai_chau_edu.starting import read_everything

    read_everything()


def post_worker_init(worker):
    """Called in each worker before it takes requests."""
    from lai_chau_edu.starting import require_database

    require_database()
