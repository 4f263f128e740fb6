"""What the short form of the suite leaves to another day.

Nearly every test runs at every landing: on one database today, on the other one tomorrow. What
looks at the database itself runs on PostgreSQL every day, and on SQLite every other day. What can
hardly change any more (`OF_HISTORY`, `BY_PAGE`) has fewer days.

`TEST_DRAW` is the number of the day (run.py sets it for `--at drawn`); without it nothing is left.
See docs/adr/0027.
"""

import zlib

# Folders and files that look at the database itself.
WHOLE_ON_POSTGRESQL = ("attacks/", "core/", "api/", "test_query_ceilings.py")
# One case for each moment of a kill: on SQLite what holds for most holds for the rest.
BY_CASE = ("upgrade/test_upgrade.py",)
# One case for each page over the rows of the first state: a page in three is read on a day.
BY_PAGE = ("upgrade/test_first_state.py",)
# Migrations that are history: neither they nor the rows of then change any more.
OF_HISTORY = (
    "attendance/test_pupil_ids.py",
    "attendance/test_reminder_migration.py",
    "reports/test_flag_migration.py",
    "schools/boarding/test_migration.py",
    "upgrade/test_background_runs.py",
)
# The two widths of a page, as their tests name them.
WIDTHS = {
    **dict.fromkeys(("360", "phone", "viewport0"), 0),
    **dict.fromkeys(("1280", "desktop", "desk", "viewport1"), 1),
}


def left_out(item, day, vendor):
    """Whether a test is left to another day.

    Args:
        item: the test, as pytest collected it.
        day: a whole number that is one more each day.
        vendor: of the suite's database.
    """
    file = item.location[0].replace("\\", "/").partition("tests/")[2]
    case = getattr(item, "callspec", None)
    if item.get_closest_marker("browser"):
        width = WIDTHS.get(str(case.id).rpartition("-")[2]) if case else None
        return width is not None and not _is_turn(item.nodeid.partition("[")[0], day + width, 2)
    if not item.get_closest_marker("database"):
        return False
    if file in OF_HISTORY:
        # A day of eight each, so that no landing walks more than one way through history.
        turn = day + OF_HISTORY.index(file) + (0 if vendor == "sqlite" else 4)
        return turn % 8 != 0
    if file in BY_PAGE and case is not None and not _is_turn(item.nodeid, day, 3):
        return True
    if file in BY_CASE and vendor == "sqlite":
        return case is not None and not _is_turn(item.nodeid, day, 3)
    is_whole, is_turn = file.startswith(WHOLE_ON_POSTGRESQL), _is_turn(file, day, 2)
    if vendor == "postgresql":
        return not (is_whole or is_turn)
    return is_whole != is_turn


def _is_turn(name, day, turns):
    return (zlib.crc32(name.encode()) + day) % turns == 0
