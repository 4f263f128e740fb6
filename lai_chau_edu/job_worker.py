"""The process in which the embedded server runs its long jobs; `lai_chau_edu.job_pool` starts it.

It reads one job a line from standard input and says on standard output when it has ended:

    {"id": …, "task": name, "kwargs": {…}, "headers": null, "seconds": 60}
    {"submit": name, "kwargs": {…}, "headers": null}      a job wants another one to be run
    {"ended": id}

It ends with the server, however that ends, and at the time limit of a job, also when the
interpreter is held by a single call that never returns.
"""

import faulthandler
import json
import os
import queue
import signal
import sys
import threading

import django

# Address space of the process. A workbook of the largest size that is accepted takes 300 MB.
MEMORY_BYTES = 1536 * 1024 * 1024


def main():
    """Run jobs until standard input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # Whatever a library prints must not be taken for an answer.
    os.dup2(2, 1)
    # A stop reaches the whole group; the server decides what becomes of a running job.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    _end_with_the_server()
    _limit_memory()
    os.umask(0o077)
    orders = queue.Queue()
    threading.Thread(target=_listen, args=(orders,), daemon=True).start()

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lai_chau_edu.settings")
    django.setup()
    from celery import current_app
    from django.db import connections

    from core.jobs import dispatch

    current_app.loader.import_default_modules()
    dispatch.pool = _Server(answers)
    while True:
        order = orders.get()
        # Its watch needs no interpreter: it ends also a call that holds it for ever.
        faulthandler.dump_traceback_later(order["seconds"], exit=True)
        try:
            dispatch.run(
                current_app.tasks[order["task"]],
                order["kwargs"],
                task_id=order["id"],
                headers=order["headers"],
            )
        finally:
            faulthandler.cancel_dump_traceback_later()
            connections.close_all()
        _say(answers, {"ended": order["id"]})


class _Server:
    """Stands for the pool of the server inside the process."""

    def __init__(self, answers):
        self._answers = answers

    def submit(self, name, kwargs, headers=None):
        """Ask the server to run a job that this one wants."""
        _say(self._answers, {"submit": name, "kwargs": kwargs, "headers": headers})


def _say(answers, what):
    answers.write(json.dumps(what) + "\n")
    answers.flush()


def _listen(orders):
    for line in sys.stdin:
        orders.put(json.loads(line))
    # The server has closed its end, or is gone.
    os._exit(0)


def _end_with_the_server():
    """Have Linux kill this process when the server dies, even if it is frozen then."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
    if os.getppid() != int(os.environ["LAI_CHAU_PARENT"]):
        os._exit(0)


def _limit_memory():
    try:
        import resource
    except ImportError:
        # Windows knows no such limit.
        return
    _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(MEMORY_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


if __name__ == "__main__":
    main()
