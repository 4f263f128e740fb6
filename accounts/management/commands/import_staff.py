"""Enter the staff of all schools, or of one, from Excel."""

import argparse
import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone, translation

from accounts.staff.events import IMPORT_SAVED
from accounts.staff.services.imports import change_set_of_file
from accounts.staff.services.imports.change_set import CHANGED, NEW, REFUSED, UNCHANGED, ChangeSet
from accounts.staff.services.imports.commit import write_change_set
from accounts.staff.workbook.refusals import StaffRefused, words
from core.events import record
from core.workbooks import WorkbookRefused
from schools.models import School


class Command(BaseCommand):
    help = "Enter a staff list (.xlsx): everything or nothing; --dry-run only shows."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file")
        parser.add_argument("--dry-run", action="store_true", help="show, and write nothing")
        parser.add_argument("--school", metavar="CODE", help="the list is of this school")
        parser.add_argument(
            "--from",
            dest="starts_on",
            type=datetime.date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="day from which posts and classes hold; today by default",
        )
        parser.add_argument(
            "--same-people",
            action="store_true",
            help="people of another school known by name and birth date are one person",
        )

    def handle(
        self,
        *args: Any,
        file: str,
        dry_run: bool,
        school: str | None,
        starts_on: datetime.date | None,
        same_people: bool,
        **options: Any,
    ) -> None:
        day = starts_on or timezone.localdate()
        schools = list(School.objects.on(day))
        only = None
        if school:
            only = next((each for each in schools if each.code.upper() == school.upper()), None)
            if only is None:
                raise CommandError(
                    f"Không có trường nào mã {school} hoạt động ngày {day:%d/%m/%Y}."
                )
        with translation.override("vi"), transaction.atomic():
            try:
                change_set = change_set_of_file(
                    file, school=only, schools=schools, starts_on=day, lock=not dry_run
                )
            except (StaffRefused, WorkbookRefused) as refusal:
                what, remedy = words(
                    refusal.code, {key: str(value) for key, value in refusal.params.items()}
                )
                raise CommandError(f"{what} {remedy}".strip()) from refusal
            except OSError as error:
                raise CommandError(f"Không đọc được tệp {file}: {error.strerror}.") from error
            self._say(change_set)
            if change_set.counts[REFUSED]:
                raise CommandError("Chưa ghi gì: hãy sửa các dòng trên rồi chạy lại.")
            if dry_run:
                self.stdout.write("Chạy thử: chưa ghi gì.")
                return
            if change_set.recognised and not same_people:
                raise CommandError(
                    "Chưa ghi gì: xem các dòng “một người?” ở trên. Nếu đúng là một người, chạy "
                    "lại với --same-people; nếu không, điền mã cán bộ."
                )
            write_change_set(change_set, by=None)
            counts = change_set.counts
            record(
                IMPORT_SAVED,
                by=None,
                name=file[-200:],
                school=only.pk if only else None,
                changes={
                    f"{key}_count": (None, counts[kind])
                    for key, kind in (
                        ("created", NEW),
                        ("changed", CHANGED),
                        ("unchanged", UNCHANGED),
                    )
                },
            )
        self.stdout.write("Đã ghi.")

    def _say(self, change_set: ChangeSet) -> None:
        for outcome in change_set.outcomes:
            where = f"{outcome.line.sheet}, dòng {outcome.line.number}, {outcome.line.name}"
            for key, code, params in outcome.refusals:
                what, remedy = words(code, params)
                shown = outcome.line.text(key) if key else ""
                self.stderr.write(f"{where}: “{shown}” {what} {remedy}")
            if outcome.is_recognised and not outcome.refusals:
                self.stdout.write(f"{where}: một người? {outcome.known_in}")
        counts = change_set.counts
        self.stdout.write(
            f"Mới {counts[NEW]}, đổi {counts[CHANGED]}, như cũ {counts[UNCHANGED]}, "
            f"cần sửa {counts[REFUSED]}"
        )
