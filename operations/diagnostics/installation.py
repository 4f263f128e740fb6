"""The settings, the files and the clock of this computer."""

import datetime
import os
import smtplib
import stat
import tempfile
from typing import cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage, staticfiles_storage
from django.core.checks import ERROR, run_checks
from django.core.mail import get_connection
from django.http.request import validate_host
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.selectors.jobs import latest_moment
from core.translations import catalogues
from core.version import VERSION

from ..proxies import REMEMBERED as PROXY_REMEMBERED
from ..proxies import last_unbelieved
from . import database
from .disks import room_on
from .findings import Finding, Status, broken, check, watch, well

SHORT_KEY, FEW_LETTERS = 50, 10
LONG_QUIET = datetime.timedelta(days=2)
ONLY_HERE = {"127.0.0.1", "localhost", "[::1]"}


@check(gettext_lazy("Version"))
def version() -> Finding:
    """Which program this is; the first question of whoever helps."""
    return well(_("Version %(version)s is installed.") % {"version": VERSION})


@check(gettext_lazy("Settings"))
def system_checks() -> Finding:
    """Django's own checks and ours, those of the jobs among them (lai_chau_edu.checks)."""
    found = run_checks()
    errors = [each for each in found if each.level >= ERROR and not each.is_silenced()]
    if not errors:
        return well(_("The settings fit together."))
    return broken(
        "; ".join(str(message.msg) for message in errors),
        _("Correct the settings named, then start web, workers and timetable again."),
    )


@check(gettext_lazy("Secret key"))
def secret_key() -> Finding:
    """Long and made of many letters; the key itself is never shown."""
    key = settings.SECRET_KEY
    if len(key) < SHORT_KEY or len(set(key)) < FEW_LETTERS:
        return watch(
            _("The secret key is short or easy to guess."),
            _("Set SECRET_KEY to 50 random characters or more; everybody signs in once again."),
        )
    return well(_("The secret key is long enough."))


@check(gettext_lazy("Debug mode"))
def debug() -> Finding:
    """DEBUG shows the inside of the program to every visitor."""
    if settings.DEBUG:
        return broken(
            _("DEBUG is on: faults show the inside of the program, names of pupils too."),
            _("Set DEBUG=false and start again."),
        )
    return well(_("DEBUG is off."))


@check(gettext_lazy("Encrypted connection"))
def https() -> Finding:
    """Plain HTTP only where nobody but this computer listens."""
    if settings.HTTPS:
        return well(_("Cookies travel over https only."))
    if set(settings.ALLOWED_HOSTS) <= ONLY_HERE:
        return well(_("Without https, open on this computer only."))
    return broken(
        _("Other computers reach this one without https: passwords can be read on the way."),
        _("Put a proxy with TLS in front, then set HTTPS=true and TRUSTED_PROXY=true."),
    )


@check(gettext_lazy("Proxy"))
def proxy() -> Finding:
    """Whether what stands in front is believed, as the settings say and as requests came."""
    if settings.HTTPS and not settings.TRUSTED_PROXY:
        return broken(
            _("HTTPS=true without a trusted proxy: every page leads to itself for ever."),
            _("Set TRUSTED_PROXY=true; the proxy sets X-Forwarded-Proto and X-Forwarded-For."),
        )
    seen = last_unbelieved()
    if not settings.TRUSTED_PROXY and seen and timezone.now() - seen < PROXY_REMEMBERED:
        return broken(
            _(
                "Requests came through a proxy that is not believed (%(at)s): all people share "
                "one address, and one person's wrong passwords lock out everybody of that name."
            )
            % {"at": _shown(seen)},
            _("Set TRUSTED_PROXY=true and start the web process again."),
        )
    return well(_("The settings fit what stands in front."))


@check(gettext_lazy("Address of the pages"))
def site_address() -> Finding | None:
    """The links of e-mails, slips and papers lead to a name that this installation answers to."""
    if not settings.SITE_URL:
        if not settings.HTTPS:  # one computer, opened by who sits at it
            return None
        return watch(
            _("Slips of accounts and papers would name no address of the pages."),
            _("Set SITE_URL to it, as https://…, then start again."),
        )
    site = urlsplit(settings.SITE_URL)
    mend = _("Correct SITE_URL or ALLOWED_HOSTS, then start again.")
    if not validate_host(site.hostname or "", settings.ALLOWED_HOSTS):
        return broken(
            _("SITE_URL names %(host)s, which ALLOWED_HOSTS does not.") % {"host": site.hostname},
            mend,
        )
    if settings.HTTPS and site.scheme != "https":
        return broken(_("SITE_URL begins with http://, but the pages need https."), mend)
    return well(_("E-mails lead to %(address)s.") % {"address": settings.SITE_URL})


@check(gettext_lazy("Who is told"))
def alarms() -> Finding | None:
    """A failed backup reaches a person by letter; one computer is watched by who sits at it."""
    if settings.ALARM_TO or not settings.REDIS_URL:
        return None
    return watch(
        _("Nobody gets an e-mail when a backup fails or something breaks."),
        _("Set ALARM_TO, EMAIL_URL, EMAIL_FROM and SITE_URL; see docs/operations.md."),
    )


@check(gettext_lazy("Clock"), after=database.migrations)
def clock() -> Finding:
    """The zone of the province, and no work noted in the time to come."""
    latest = latest_moment()
    if settings.TIME_ZONE != "Asia/Ho_Chi_Minh":
        return broken(
            _("The time zone is %(zone)s; school days would begin at another hour.")
            % {"zone": settings.TIME_ZONE},
            _("Set TIME_ZONE to Asia/Ho_Chi_Minh."),
        )
    now = timezone.now()
    if latest and (latest - now).total_seconds() > 300:
        return broken(
            _("Work was noted at %(then)s, but the clock says %(now)s: it was set back.")
            % {"then": _shown(latest), "now": _shown(now)},
            _("Set the clock of the computer by the network (NTP)."),
        )
    if latest and now - latest > LONG_QUIET:
        return watch(
            _("It is %(now)s by the clock, but the last work was noted at %(then)s.")
            % {"then": _shown(latest), "now": _shown(now)},
            _("If the clock runs ahead, set it by the network (NTP); else look why nothing ran."),
        )
    return well(_("It is %(now)s in Vietnam.") % {"now": _shown(now)})


def _shown(moment: datetime.datetime) -> str:
    return timezone.localtime(moment).strftime("%H:%M %d/%m/%Y")


@check(gettext_lazy("Vietnamese texts"))
def translations() -> Finding:
    """Compiled, and not older than their source."""
    old = [
        source
        for source in catalogues()
        if not source.with_suffix(".mo").exists()
        or source.with_suffix(".mo").stat().st_mtime_ns < source.stat().st_mtime_ns
    ]
    if old:
        return broken(
            _("The Vietnamese texts are not compiled, or older than this version."),
            _("Run manage.py compile_translations, then start again."),
        )
    return well(_("The Vietnamese texts are compiled."))


@check(gettext_lazy("Styles and scripts"))
def static_files() -> Finding:
    """Collected, where the installation serves collected files."""
    if not settings.STATIC_MANIFEST:
        return well(_("Styles and scripts are served from the source."))
    try:
        cast("ManifestStaticFilesStorage", staticfiles_storage).stored_name("css/site.css")
    except ValueError:
        return broken(
            _("Styles and scripts are not collected: the pages cannot be shown."),
            _("Run manage.py collectstatic --noinput, then start again."),
        )
    return well(_("Styles and scripts are collected."))


@check(gettext_lazy("Folder of the files"))
def files_folder() -> Finding:
    """Writable, with room for the next workbooks and reports."""
    folder = settings.FILES_DIR
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
            file.flush()
    except OSError as error:
        return broken(
            _("Nothing can be written to %(folder)s: %(error)s.")
            % {"folder": folder, "error": error.strerror},
            _("Give the folder to the user of the program and make room; see FILES_DIR."),
        )
    found = room_on(folder, _("%(free)s GB are free on the disk of the files."))
    # An older version wrote them for everybody on this computer; Windows has no such rights.
    is_open = os.name == "posix" and stat.S_IMODE(folder.stat().st_mode) & 0o007
    if found.status == Status.WELL and is_open:
        return watch(
            _("Everybody on this computer can look into %(folder)s, where names lie.")
            % {"folder": folder},
            _("Run: chmod -R go= %(folder)s") % {"folder": folder},
        )
    return found


@check(gettext_lazy("Mail server"))
def mail_server() -> Finding:
    """Whether reminders go out by e-mail, and whether the server answers."""
    if not settings.EMAIL_CONFIGURED:
        return well(_("No mail server is set: who owes a register sees it on the pages only."))
    connection = get_connection()
    try:
        connection.open()
    except (smtplib.SMTPException, OSError) as error:
        return broken(
            _("The mail server cannot be reached: %(error)s.") % {"error": type(error).__name__},
            _("Look at address, port, user and password in EMAIL_URL. The pages remind as before."),
        )
    finally:
        connection.close()
    return well(_("Reminders go out from %(address)s.") % {"address": settings.DEFAULT_FROM_EMAIL})
