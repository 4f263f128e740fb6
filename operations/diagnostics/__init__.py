"""Is the installation well? One list of checks for the page, the command and the alarms.

A check looks at one thing and says what is right or wrong with it and how to mend it; see
`findings.check`. None shows a pupil, a school or a secret.
"""

from . import broker, database, installation, province, work
from .findings import Finding, Status, examine

# In the order in which faults should be mended: what stands on what.
CHECKS = (
    database.reachable,
    database.migrations,
    installation.version,
    installation.system_checks,
    installation.secret_key,
    installation.debug,
    installation.https,
    installation.proxy,
    installation.site_address,
    installation.clock,
    installation.translations,
    installation.static_files,
    installation.files_folder,
    installation.mail_server,
    installation.alarms,
    database.room,
    database.constraints,
    database.server_clock,
    database.official_units,
    province.administrator,
    province.roles,
    province.school_year,
    province.weekly_pattern,
    province.year_frame,
    broker.reachable,
    broker.queue,
    broker.workers,
    broker.beats,
    work.pulse,
    work.timetable,
    work.stale_months,
    work.reports_and_imports,
    work.failed_jobs,
    work.emails,
    work.backup,
    work.backup_room,
)
# What changes from hour to hour; a page should not wait for more.
OF_THE_DAY = (
    database.migrations,
    work.pulse,
    broker.reachable,
    broker.queue,
    work.timetable,
    work.stale_months,
    work.reports_and_imports,
    work.failed_jobs,
    work.emails,
    work.backup,
    work.backup_room,
    installation.files_folder,
    installation.proxy,
    province.administrator,
    province.roles,
    province.school_year,
    province.weekly_pattern,
    province.year_frame,
)

__all__ = ["CHECKS", "OF_THE_DAY", "Finding", "Status", "examine"]
