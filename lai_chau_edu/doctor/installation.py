"""The settings, the files and the clock of this computer."""

import shutil
import smtplib
import tempfile

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.checks import ERROR, run_checks
from django.core.mail import get_connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from schools.selectors.jobs import latest_moment

from ..translations import catalogues
from ..version import VERSION
from .findings import broken, check, watch, well

GIGABYTE = 1024**3
LITTLE_SPACE, NO_SPACE = 5 * GIGABYTE, GIGABYTE
SHORT_KEY, FEW_LETTERS = 50, 10
ONLY_HERE = {"127.0.0.1", "localhost", "[::1]"}


@check(gettext_lazy("Version"))
def version():
    """Which program this is; the first question of whoever helps."""
    return well(_("Version %(version)s is installed.") % {"version": VERSION})


@check(gettext_lazy("Settings"))
def system_checks():
    """Django's own checks and ours, those of the jobs among them (lai_chau_edu.checks)."""
    errors = [message for message in run_checks() if message.level >= ERROR]
    if not errors:
        return well(_("The settings fit together."))
    return broken(
        "; ".join(str(message.msg) for message in errors),
        _("Correct the settings named, then start web, workers and timetable again."),
    )


@check(gettext_lazy("Secret key"))
def secret_key():
    """Long and made of many letters; the key itself is never shown."""
    key = settings.SECRET_KEY
    if len(key) < SHORT_KEY or len(set(key)) < FEW_LETTERS:
        return watch(
            _("The secret key is short or easy to guess."),
            _("Set SECRET_KEY to 50 random characters or more; everybody signs in once again."),
        )
    return well(_("The secret key is long enough."))


@check(gettext_lazy("Debug mode"))
def debug():
    """DEBUG shows the inside of the program to every visitor."""
    if settings.DEBUG:
        return broken(
            _("DEBUG is on: faults show the inside of the program, names of pupils too."),
            _("Set DEBUG=false and start again."),
        )
    return well(_("DEBUG is off."))


@check(gettext_lazy("Encrypted connection"))
def https():
    """Plain HTTP only where nobody but this computer listens."""
    if settings.HTTPS:
        return well(_("Cookies travel over https only."))
    if set(settings.ALLOWED_HOSTS) <= ONLY_HERE:
        return well(_("Without https, open on this computer only."))
    return broken(
        _("Other computers reach this one without https: passwords can be read on the way."),
        _("Put a proxy with TLS in front, then set HTTPS=true and TRUSTED_PROXY=true."),
    )


@check(gettext_lazy("Clock"))
def clock():
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
    return well(_("It is %(now)s in Lai Châu.") % {"now": _shown(now)})


def _shown(moment):
    return timezone.localtime(moment).strftime("%H:%M %d/%m/%Y")


@check(gettext_lazy("Vietnamese texts"))
def translations():
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
def static_files():
    """Collected, where the installation serves collected files."""
    if not settings.STATIC_MANIFEST:
        return well(_("Styles and scripts are served from the source."))
    try:
        staticfiles_storage.stored_name("css/site.css")
    except ValueError:
        return broken(
            _("Styles and scripts are not collected: the pages cannot be shown."),
            _("Run manage.py collectstatic --noinput, then start again."),
        )
    return well(_("Styles and scripts are collected."))


@check(gettext_lazy("Folder of the files"))
def files_folder():
    """Writable, with room for the next workbooks and reports."""
    folder = settings.FILES_DIR
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
            file.flush()
    except OSError as error:
        return broken(
            _("Nothing can be written to %(folder)s: %(error)s.")
            % {"folder": folder, "error": error.strerror},
            _("Give the folder to the user of the program and make room; see FILES_DIR."),
        )
    free = shutil.disk_usage(folder).free
    text = _("%(free)s GB are free on the disk of the files.") % {
        "free": f"{free / GIGABYTE:.1f}".replace(".", ",")
    }
    mend = _("Make room: move old backups elsewhere, or give the disk more space.")
    if free < NO_SPACE:
        return broken(text, mend)
    return watch(text, mend) if free < LITTLE_SPACE else well(text)


@check(gettext_lazy("Mail server"))
def mail_server():
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
