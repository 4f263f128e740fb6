"""Serve the product from one process: pages, jobs and timetable. Needs no other service."""

import logging
import signal
import socket
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection, connections
from django.utils.translation import gettext as _
from waitress import create_server

from core import schema
from core.jobs import dispatch, job_task, records
from core.translations import compile_catalogues
from lai_chau_edu.celery import BEAT_SCHEDULE, app
from lai_chau_edu.demo import build
from lai_chau_edu.embedded import EmbeddedScheduler
from lai_chau_edu.example_lists import write_example_lists
from lai_chau_edu.job_pool import JobPool
from lai_chau_edu.readiness import first_administrator
from lai_chau_edu.starting import require_database
from lai_chau_edu.wsgi import application
from operations.backup.migration_state import applied
from operations.backup.plain_copies import copy_before
from operations.backup.refusals import Refused

logger = logging.getLogger(__name__)

# Room for the largest workbook the import accepts; more would only fill the disk.
MAX_REQUEST_BYTES = 64 * 1024 * 1024
BACKUPS = settings.VAR_DIR / "backups"


class Command(BaseCommand):
    help = "Serve the product with waitress; without REDIS_URL also run the jobs' timetable."

    def add_arguments(self, parser):
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--threads", type=int, default=4, help="requests at the same time")
        parser.add_argument(
            "--prepare",
            action="store_true",
            help="first bring the tables and the official units up to date",
        )
        parser.add_argument(
            "--demo",
            action="store_true",
            help="with --prepare: write the demo into a database that has no user yet",
        )

        parser.add_argument(
            "--examples",
            type=Path,
            help="with --prepare: a folder for three small lists to practise a start with",
        )

    def handle(self, *args, host, port, threads, prepare, demo, examples, **options):
        _stop_on_signals()
        # First of all: from here on this process speaks to people.
        compile_catalogues()
        require_database()
        # Before the tables are touched: whoever starts the product twice is stopped here.
        with _listen(host, port) as listener:
            if prepare:
                self._prepare(demo)
                self._offer(examples)
            self._serve(listener, threads)
        self.stdout.write(_("Stopped."))

    def _serve(self, listener, threads):
        server = _create_server(listener, threads)
        scheduler = pool = None
        if not settings.REDIS_URL:
            scheduler, pool = _start_jobs()
        try:
            self._welcome(*listener.getsockname())
            connections.close_all()
            server.run()
        finally:
            server.close()
            if scheduler is not None:
                scheduler.stop()
                pool.stop()

    def _prepare(self, demo):
        found = schema.difference(connection)
        if found.unknown:
            raise CommandError(
                _(
                    "The tables are of a newer version of the program (%(names)s). Put that "
                    "version back in place, or take back the copy made before it: "
                    "manage.py take_back %(folder)s/before-….sqlite3"
                )
                % {"names": ", ".join(found.unknown[:3]), "folder": BACKUPS}
            )
        if found.missing:
            self._migrate()
        call_command("load_units", clusters=True, verbosity=0)
        if demo and not get_user_model().objects.exists():
            self.stdout.write(_("Writing the demo: invented people on the real communes…"))
            build.write_demo()

    def _offer(self, folder):
        if folder is None:
            return
        self.stdout.write(_("Invented schools, staff and pupils in Excel, to practise with:"))
        for path in write_example_lists(folder):
            self.stdout.write(f"  {path}")

    def _migrate(self):
        copy = self._copy_first() if applied(connection) else None
        self.stdout.write(_("Preparing the tables…"))
        try:
            call_command("migrate", interactive=False, verbosity=0)
        except Exception as error:
            if copy is None:
                raise
            raise CommandError(
                _(
                    "The tables could not be changed: %(error)s. The way back: "
                    "manage.py take_back %(copy)s, then put the program of before in place."
                )
                % {"error": error, "copy": copy}
            ) from error

    def _copy_first(self):
        """The tables are older than the program, so `backup` would refuse them."""
        if connection.vendor != "sqlite":
            raise CommandError(
                _("The tables hold data of an older version. Install with deploy/upgrade.")
            )
        try:
            copy = copy_before(connection, BACKUPS)
        except Refused as refusal:
            raise CommandError(str(refusal), returncode=refusal.code) from refusal
        self.stdout.write(
            _(
                "This is a new version: the database as it was is kept in %(copy)s. "
                "The way back: manage.py take_back %(copy)s"
            )
            % {"copy": copy}
        )
        return copy

    def _welcome(self, host, port):
        self.stdout.write("")
        self.stdout.write(
            _("Open %(url)s in the browser. Ctrl+C stops.") % {"url": f"http://{host}:{port}/"}
        )
        if first_administrator.is_wanted():
            self.stdout.write("")
            self.stdout.write(_("Nobody has an account yet. Make the first one here:"))
            self.stdout.write(f"http://{host}:{port}{first_administrator.link_path()}")
        if build.is_present():
            self.stdout.write("")
            self.stdout.write(_("Sign in as (role, name, password):"))
            call_command("seed_demo", sign_ins=True, stdout=self.stdout)
        self.stdout.flush()


def _start_jobs():
    app.loader.import_default_modules()
    try:
        # No other process runs jobs here: what was running when the last one died is lost.
        for name, kwargs in records.take_lost(all_of_them=True):
            job_task.count_loss(name, kwargs)
    except DatabaseError:
        # The pages say better what is wrong with the database than a server that is not there.
        logger.exception("jobs that died with the last server could not be counted")
    dispatch.pool = pool = JobPool(app=app)
    scheduler = EmbeddedScheduler(
        app=app,
        timetable=BEAT_SCHEDULE,
        memory=settings.FILES_DIR / "timetable.json",
        pool=pool,
    )
    scheduler.start()
    return scheduler, pool


def _listen(host, port):
    try:
        return socket.create_server((host, port))
    except OSError as error:
        raise CommandError(
            _("Port %(port)d is taken or not allowed. Choose another: --port %(next)d")
            % {"port": port, "next": port + 1 if port >= 1024 else 8000}
        ) from error


def _create_server(listener, threads):
    proxy = {}
    if settings.SECURE_PROXY_SSL_HEADER:
        proxy = {
            "trusted_proxy": "*",
            "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
        }
    return create_server(
        application,
        sockets=[listener],
        threads=threads,
        ident=None,
        max_request_body_size=MAX_REQUEST_BYTES,
        **proxy,
    )


def _stop_on_signals():
    """Let Ctrl+C and a service manager's stop end the process in order; twice ends it at once."""

    def stop(number, frame):
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_DFL)
        raise SystemExit(0)

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, stop)
