"""Fixtures of backup and restore: a province really committed, with files and odd values."""

import datetime
import uuid
from decimal import Decimal

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connections

from core.months import Month
from operations.backup import rebuilding
from operations.backup.moved_away import take_back
from reports.models import ClassMonth, Flag, ReportRun
from reports.services.facts import rebuild
from schools.models import ImportBatch, School
from tests.frozen import freeze_time
from tests.sending import send_register
from tests.world import MONDAY, build_world

from . import ready_tables
from .databases import ENGINES, HERE, empty_database
from .ready_tables import can_copy

ODD_TEXT = "Bản Háng\\Lìa\t“N'”\n\\N \\. \r\n\x0b\x08\x0c … 𠀀"
ODD_JSON = {
    "b": [1, 2.5, 1e-7, -0.0, 12345678901234567890],
    "aa": {"é": None, "z": True, "": '\n\\ " \t \u2028 𠀀'},
    "a": [],
    "tên": {},
}
FILES = {
    "imports/5f0c.xlsx": b"PK\x03\x04 not really" * 50,
    "reports/báo cáo.docx": bytes(range(256)) * 40,
    "reports/empty.txt": b"",
}


@pytest.fixture(autouse=True)
def used_again(request):
    """A test that moved the database away leaves it to the next one."""
    if "transactional_db" in request.fixturenames:
        request.getfixturevalue("transactional_db")
        yield
        take_back(connections["default"])
    else:
        yield


@pytest.fixture(autouse=True)
def tables_are_copied(request, monkeypatch):
    """Tables come from one run of the migrations, but for tests that ask for `real_migrations`."""
    if "real_migrations" not in request.fixturenames and all(map(can_copy, ENGINES)):
        monkeypatch.setattr(rebuilding, "migrate_empty", ready_tables.migrate_empty)


@pytest.fixture
def real_migrations():
    """The target gets its tables by the migrations, as in the product."""


@pytest.fixture
def files(settings, tmp_path):
    """A FILES_DIR of its own with three files and what is never backed up."""
    settings.FILES_DIR = tmp_path / "files"
    for name, content in FILES.items():
        path = settings.FILES_DIR / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (settings.FILES_DIR / "timetable.json").write_text("{}")
    (settings.FILES_DIR / "reports" / "link").symlink_to("/etc/hostname")
    return settings.FILES_DIR


@pytest.fixture
def province(transactional_db, files):
    """The small world with registers, figures, and a row of every difficult kind of value."""
    # The flush between tests has emptied the cache of the process only in part.
    ContentType.objects.clear_cache()
    with freeze_time("2026-10-12 00:10:00"):
        world = build_world(MONDAY)
        pupils = list(world.class_a.spells.order_by("pk").values_list("pupil_id", flat=True))
        for number, marks in enumerate([{}, {pupils[0]: ("P", "sick"), pupils[1]: ("K", "")}]):
            world.receipt = send_register(
                school_class=world.class_a,
                date=MONDAY,
                session="am",
                operation_id=uuid.UUID(int=785 + number),
                base_revision=number,
                marks=marks,
                correction_reason="Ghi sót" if number else "",
                by=world.teacher_a,
            )
        for month in Month.of(MONDAY).since(Month.of(world.since)):
            rebuild(school_ids=[world.school_a.pk, world.school_b.pk], month=month)
        assert ClassMonth.objects.exists()
        _write_odd_values(world)
        world.pupils = pupils
        yield world


@pytest.fixture
def target(province, tmp_path):
    """A database without a table, of the engine of this run."""
    with empty_database(HERE, tmp_path) as connection:
        yield connection


@pytest.fixture(params=ENGINES)
def any_target(request, transactional_db, tmp_path):
    """A database without a table, of each engine this run has."""
    with empty_database(request.param, tmp_path) as connection:
        yield connection


@pytest.fixture
def source(province):
    """The connection to the suite's own database, with the province in it."""
    return connections["default"]


def _write_odd_values(world):
    moment = datetime.datetime(2026, 3, 1, 5, 6, 7, 120, tzinfo=datetime.UTC)
    ReportRun.objects.create(
        kind="monthly",
        area=world.province,
        month=MONDAY.replace(day=1),
        made_by=None,
        filters=ODD_JSON,
        problem_code="other",
        problem_params={"text": ODD_TEXT},
        file="reports/báo cáo.docx",
        finished_at=moment,
    )
    ImportBatch.objects.create(
        school=world.school_a,
        year=world.year,
        file="imports/5f0c.xlsx",
        file_name=ODD_TEXT,
        file_hash="0" * 64,
        starts_on=MONDAY,
        made_by=world.head_a,
        preview={"rows": [[1, "a"], [2, ODD_TEXT]]},
    )
    for index, (low, high) in enumerate(
        [(0.1 + 0.2, 1.0), (1e-7, 1e15), (-0.5, 123456789.125), (5e-324, 1e300), (0.0, 1e14)]
    ):
        Flag.objects.create(
            commune=world.commune_a,
            level="TH",
            month=datetime.date(2026, 1 + index, 1),
            indicator="attendance",
            rule=Flag.Rule.WATCH,
            low=low,
            high=high,
            target=Decimal("97.50"),
            written_reason=ODD_TEXT,
        )
    # The number of a row that is gone must not be given again.
    gone = School.objects.create(code="12ZZ", name="Gone", levels="TH", valid_from=MONDAY)
    world.gone_id = gone.pk
    School.objects.filter(pk=gone.pk).delete()
