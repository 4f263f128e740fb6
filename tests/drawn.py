"""What the short form of the suite leaves to another shift of eight hours.

Nearly every test runs at every landing: on one database in this shift, on the other one in the
next. What looks at the database itself runs on PostgreSQL in every shift, and on SQLite in every
other. What is dear and asks the same of hundreds of addresses, or can hardly change any more, has
fewer (`BY_PAGE`, `IN_THIRDS`, `OF_HISTORY`), and so have the pages of an office in the browser.

`TEST_DRAW` is the number of the shift (run.py sets it for `--at drawn`); without it nothing is
left. See docs/adr/0027.
"""

import zlib

# Folders and files that look at the database itself; of `LIKE_ANY` of them this is not true.
LIKE_ANY = ("attacks/test_texts.py",)
WHOLE_ON_POSTGRESQL = ("attacks/", "core/", "api/", "test_query_ceilings.py")
# One case for each moment of a kill: on SQLite what holds for most holds for the rest.
BY_CASE = ("upgrade/test_upgrade.py",)
# One case or more for each address: a third of them in a shift.
BY_PAGE = (
    "accounts/test_drafts.py",
    "attacks/test_every_write_at_once.py",
    "lai_chau_edu/test_private.py",
    "schools/test_former_school.py",
    "test_access_trail.py",
    "test_every_decision_is_recorded.py",
    "test_permissions.py",
    "upgrade/test_first_state.py",
)
# A minute or more each: a third of the tests in a shift.
IN_THIRDS = (
    "attacks/test_every_address.py",
    "backup/",
    "lai_chau_edu/test_menu_entries.py",
    "test_links.py",
    "upgrade/test_upgrade_real.py",
)
# Migrations that are history: neither they nor the rows of then change any more.
OF_HISTORY = (
    "attendance/test_pupil_ids.py",
    "attendance/test_reminder_migration.py",
    "reports/test_flag_migration.py",
    "schools/boarding/test_migration.py",
    "upgrade/test_background_runs.py",
)
# What a teacher does each morning is met in the browser at every landing, the rest by turns.
OF_THE_REGISTER = tuple(
    f"browser/test_{name}"
    for name in (
        *("device_storage", "drafts", "hand", "month", "offline", "same_rules"),
        *("story", "unchanged_sheet"),
    )
)
# The two widths of a page, as their tests name them.
WIDTHS = {
    **dict.fromkeys(("360", "phone", "viewport0"), 0),
    **dict.fromkeys(("1280", "desktop", "desk", "viewport1"), 1),
}


def left_out(item, shift, vendor):
    """Whether a test is left to another shift.

    Args:
        item: the test, as pytest collected it.
        shift: a whole number that is one more every eight hours.
        vendor: of the suite's database.
    """
    file = item.location[0].replace("\\", "/").partition("tests/")[2]
    case = getattr(item, "callspec", None)
    if item.get_closest_marker("browser"):
        # Two shifts on, for the two widths, and two off.
        if not file.startswith(OF_THE_REGISTER) and not _is_turn(file, shift // 2, 2):
            return True
        width = WIDTHS.get(str(case.id).rpartition("-")[2]) if case else None
        return width is not None and not _is_turn(item.nodeid.partition("[")[0], shift + width, 2)
    if not item.get_closest_marker("database"):
        return False
    if file in OF_HISTORY:
        # A shift of eight each, so that no landing walks more than one way through history.
        turn = shift + OF_HISTORY.index(file) + (0 if vendor == "sqlite" else 4)
        return turn % 8 != 0
    if file in BY_PAGE and case is not None and not _is_turn(item.nodeid, shift, 3):
        return True
    if file.startswith(IN_THIRDS) and not _is_turn(item.nodeid, shift, 3):
        return True
    if file in BY_CASE and vendor == "sqlite":
        return case is not None and not _is_turn(item.nodeid, shift, 3)
    is_whole = file.startswith(WHOLE_ON_POSTGRESQL) and file not in LIKE_ANY
    is_turn = _is_turn(file, shift, 2)
    if vendor == "postgresql":
        return not (is_whole or is_turn)
    return is_whole != is_turn


def _is_turn(name, shift, turns):
    return (zlib.crc32(name.encode()) + shift) % turns == 0
