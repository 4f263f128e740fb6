"""Examine the installation: every check, what was found, how to mend it."""

import json

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from lai_chau_edu.doctor import CHECKS, Status, examine


class Command(BaseCommand):
    help = (
        "Say what is wrong with this installation and how to mend it; ends with 1 if anything is."
    )
    # A fault in the settings must be told like any other, not stop the examination.
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="for another program to read")

    def handle(self, *args, **options):
        findings = examine(CHECKS)
        count = sum(finding.status == Status.BROKEN for finding in findings)
        if options["json"]:
            self.stdout.write(_as_json(findings))
        else:
            for finding in findings:
                self._tell(finding)
        if count:
            raise CommandError(_("%(count)s parts are broken.") % {"count": count}, returncode=1)

    def _tell(self, finding):
        styles = {
            Status.WELL: self.style.SUCCESS,
            Status.WATCH: self.style.WARNING,
            Status.BROKEN: self.style.ERROR,
        }
        word = styles[finding.status](f"{finding.status.label:<8}")
        self.stdout.write(f"{word} {finding.title}: {finding.text}")
        if finding.mend:
            self.stdout.write(f"{'':<8} → {finding.mend}")


def _as_json(findings):
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
