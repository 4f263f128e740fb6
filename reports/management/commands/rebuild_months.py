"""Rebuild month facts by hand."""

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from schools.models import School

from ...services import facts
from . import _months


class Command(BaseCommand):
    help = "Count the facts of one month, or of every month, anew."

    def add_arguments(self, parser: CommandParser) -> None:
        _months.add_arguments(parser)

    def handle(self, *args: object, month: str | None, area: str | None, **options: object) -> None:
        for each, school_ids in _months.chosen(month, area):
            if school_ids is None:
                school_ids = list(School.objects.values_list("pk", flat=True))
            done = facts.rebuild(school_ids=school_ids, month=each)
            self.stdout.write(
                _("%(month)s: %(classes)s classes, %(written)s rows written, %(removed)s removed")
                % {
                    "month": each,
                    "classes": done.classes,
                    "written": done.written,
                    "removed": done.removed,
                }
            )
