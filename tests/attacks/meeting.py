"""Writers meet at the line that is raced for, so that a race is lost where nothing guards it.

Left to luck, threads that are started together nearly never are between a check and the write
that depends on it at one moment.
"""

import re
import threading

from django.db import connection

from tests.waiting import PATIENCE

LOOK_EVERY = 0.02  # seconds


class Meeting:
    """Holds each writer before it writes to a table until all others are there too, or cannot be.

    Who waits for a lock of the database cannot come, and who is done will not: then those who
    are there go on. With a guard one comes after the other; without it all have read before
    anybody writes. On SQLite a transaction that may write begins when nobody else's is under
    way, so that there is nothing to meet for.

    Args:
        table: its name in the database; None: nobody is held.
        but: they meet at every table but those of these names.
    """

    def __init__(self, table=None, *, but=()):
        self.most = 0  # how many have met at once
        self._held = bool(table or but) and connection.vendor == "postgresql"
        name = rf"(?!(?:{'|'.join(but)})\")" if but else rf'{table}"'
        self._writes = re.compile(rf'(INSERT INTO|UPDATE|DELETE FROM) "{name}')
        self._writers = {}  # by the id of the process of its connection; None: it runs
        self._change = threading.Lock()

    def join(self, work):
        """Do the work over this thread's connection, held where it writes."""
        if not self._held:
            return work()
        connection.ensure_connection()
        own = connection.connection.info.backend_pid
        with self._change:
            self._writers[own] = None

        def hold(execute, sql, params, many, context):
            if self._writes.match(sql):
                go_on = threading.Event()
                with self._change:
                    self._writers[own] = go_on
                assert go_on.wait(PATIENCE), "the others never came"
            return execute(sql, params, many, context)

        try:
            with connection.execute_wrapper(hold):
                return work()
        finally:
            with self._change:
                del self._writers[own]

    def lead(self, threads):
        """Start the threads and let go on whoever has met, until all are done."""
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            if self._held:
                self._let_go()
            threads[-1].join(LOOK_EVERY)
            threads[0].join(LOOK_EVERY)

    def _let_go(self):
        waiting = self._waiting()
        with self._change:
            met = {own: event for own, event in self._writers.items() if event is not None}
            if not met or self._writers.keys() - met.keys() - waiting:
                return
            self.most = max(self.most, len(met))
            for own, event in met.items():
                self._writers[own] = None
                event.set()

    @staticmethod
    def _waiting():
        """Processes of connections that wait for a lock."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            return {pid for (pid,) in cursor.fetchall()}
