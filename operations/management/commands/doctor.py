"""Examine the installation: every check, what was found, how to mend it."""

import json
import smtplib
import socket
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from core.province import province
from operations.diagnostics import CHECKS, Status, examine
from operations.diagnostics.findings import Finding

CANNOT_TELL = 2  # exit code


class Command(BaseCommand):
    help = (
        "Say what is wrong with this installation and how to mend it; ends with 1 if anything is."
    )
    # A fault in the settings must be told like any other, not stop the examination.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for another program to read")
        parser.add_argument(
            "--mail",
            action="store_true",
            help="e-mail ALARM_TO when anything is broken; ends with 2 when it cannot",
        )
        parser.add_argument(
            "--failed-unit", metavar="NAME", help="with --mail: tell in any case that this failed"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        findings = examine(CHECKS)
        count = sum(finding.status == Status.BROKEN for finding in findings)
        if options["json"]:
            self.stdout.write(_as_json(findings))
        else:
            for finding in findings:
                self._tell(finding)
        if options["mail"]:
            self._mail(findings, count, options["failed_unit"])
        if count:
            raise CommandError(_("%(count)s parts are broken.") % {"count": count}, returncode=1)

    def _tell(self, finding: Finding) -> None:
        styles = {
            Status.WELL: self.style.SUCCESS,
            Status.WATCH: self.style.WARNING,
            Status.BROKEN: self.style.ERROR,
        }
        word = styles[finding.status](f"{finding.status.label:<8}")
        self.stdout.write(f"{word} {finding.title}: {finding.text}")
        if finding.mend:
            self.stdout.write(f"{'':<8} → {finding.mend}")

    def _mail(self, findings: Sequence[Finding], count: int, failed_unit: str | None) -> None:
        if not (count or failed_unit):
            return
        if not settings.ALARM_TO:
            raise CommandError(
                _("Nobody can be told: set ALARM_TO, EMAIL_URL, EMAIL_FROM and SITE_URL."),
                returncode=CANNOT_TELL,
            )
        lines = [_("It failed: %(unit)s") % {"unit": failed_unit}] if failed_unit else []
        lines += [
            f"{finding.title}: {finding.text}\n  → {finding.mend}"
            for finding in findings
            if finding.status != Status.WELL
        ]
        lines.append(_("Computer: %(name)s") % {"name": socket.gethostname()})
        subject = _("%(province)s attendance: %(count)s parts are broken") % {
            "province": province().name,
            "count": count,
        }
        if failed_unit:
            subject = _("%(province)s attendance: %(unit)s failed") % {
                "province": province().name,
                "unit": failed_unit,
            }
        # No notification (core.notifications): the database may be what is broken.
        try:
            send_mail(subject, "\n\n".join(lines), None, settings.ALARM_TO)
        except (smtplib.SMTPException, OSError) as error:
            raise CommandError(
                _("The e-mail could not be sent: %(error)s.") % {"error": error},
                returncode=CANNOT_TELL,
            ) from error
        self.stdout.write(
            _("An e-mail went to %(people)s.") % {"people": ", ".join(settings.ALARM_TO)}
        )


def _as_json(findings: Iterable[Finding]) -> str:
    rows = [
        {
            "name": finding.name,
            "status": finding.status.name.lower(),
            "title": finding.title,
            "text": finding.text,
            "mend": finding.mend,
        }
        for finding in findings
    ]
    return json.dumps(rows, ensure_ascii=False, indent=1)
