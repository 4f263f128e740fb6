"""Enter the pupils of many schools, or of one, from Excel."""

import argparse
import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone, translation

from core.events import record
from core.permissions import Permission as P
from core.scope import scopes
from core.services.workbook_imports import CHANGED, NEW, REFUSED, UNCHANGED
from core.types import User
from core.workbooks import WorkbookRefused
from schools.directory.selectors.school_codes import SchoolCodes
from schools.directory.selectors.years import year_for
from schools.events import IMPORT_SAVED
from schools.models import School, SchoolYear
from schools.pupil_import.services.change_set import ChangeSet, header_of, make_change_set
from schools.pupil_import.services.commit import write_change_set
from schools.pupil_import.services.reading import read_source
from schools.pupil_import.workbook.refusals import Refused, in_words


class Command(BaseCommand):
    help = "Enter a pupil list (.xlsx): everything or nothing; --dry-run only shows."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file")
        parser.add_argument("--dry-run", action="store_true", help="show, and write nothing")
        parser.add_argument("--school", metavar="CODE", help="the list is of this school")
        parser.add_argument(
            "--by",
            required=True,
            metavar="USERNAME",
            help="who enters it: only schools this person may enter pupils for are taken",
        )
        parser.add_argument(
            "--year", metavar="CODE", help="school year, as 2026-2027; a closed one is history"
        )
        parser.add_argument(
            "--from",
            dest="starts_on",
            type=datetime.date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="day on which everything takes effect; the first of the year by default",
        )
        parser.add_argument(
            "--create-classes", action="store_true", help="create the classes that are missing"
        )
        parser.add_argument(
            "--other-children",
            action="store_true",
            help="new pupils with the name and birth date of one on record are other children",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        by = get_user_model().objects.filter(username=options["by"], is_active=True).first()
        if by is None:
            raise CommandError(f"Không có tài khoản đang dùng nào tên {options['by']}.")
        year = self._year(options["year"])
        starts_on = options["starts_on"] or year.valid_from
        if year.closed_at is not None:
            starts_on = year.valid_from
        elif not year.is_valid_on(starts_on):
            raise CommandError(f"Ngày phải nằm trong năm học {year.code}.")
        schools = self._schools(by, starts_on, options["school"])
        with translation.override("vi"), transaction.atomic():
            if not options["dry_run"]:
                # As a save by the page: two lists of one school are written one after the other.
                ids = schools.ids
                list(School.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
            change_set = self._change_set(
                options["file"],
                schools=schools,
                year=year,
                starts_on=starts_on,
                create_classes=options["create_classes"],
                lock=not options["dry_run"],
            )
            self._say(change_set)
            if change_set.counts[REFUSED]:
                raise CommandError("Chưa ghi gì: hãy sửa các dòng trên rồi chạy lại.")
            if options["dry_run"]:
                self.stdout.write("Chạy thử: chưa ghi gì.")
                return
            is_asked = any(each.alike or each.alike_rows for each in change_set.of_kind(NEW))
            if is_asked and not options["other_children"]:
                raise CommandError(
                    "Chưa ghi gì: xem các dòng “trùng tên?” ở trên. Nếu đúng là em khác, chạy lại "
                    "với --other-children; nếu là một em, điền mã định danh."
                )
            self._write(change_set, options["file"], by)
        self.stdout.write("Đã ghi.")

    def _year(self, code: str | None) -> SchoolYear:
        year = (
            SchoolYear.objects.filter(code=code).first() if code else year_for(timezone.localdate())
        )
        if year is None:
            raise CommandError(f"Không có năm học {code}." if code else "Chưa có năm học nào.")
        return year

    def _schools(self, by: User, day: datetime.date, code: str | None) -> SchoolCodes:
        (scope_of,) = scopes
        scope = scope_of(by)
        permission = P.IMPORT_PUPILS_OF_MANY
        found = list(School.objects.within(scope.places(permission)).on(day))
        if code is None:
            return SchoolCodes(found, on=day)
        found += School.objects.within(scope.places(P.IMPORT_PUPILS)).on(day)
        only = next((each for each in found if each.code.upper() == code.upper()), None)
        if only is None:
            raise CommandError(
                f"Không có trường nào mã {code} mà {by} được nhập học sinh ngày {day:%d/%m/%Y}."
            )
        return SchoolCodes([only], on=day, only=only)

    def _change_set(self, file: str, *, schools: SchoolCodes, **options: Any) -> ChangeSet:
        try:
            source = read_source(file, of_many=schools.only is None)
        except Refused as refusal:
            raise CommandError(" ".join(in_words(refusal.code or "", refusal.params or {}))) from (
                refusal
            )
        except WorkbookRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        except OSError as error:
            raise CommandError(f"Không đọc được tệp {file}: {error.strerror}.") from error
        return make_change_set(source, schools=schools, **options)

    def _write(self, change_set: ChangeSet, file: str, by: User) -> None:
        try:
            write_change_set(change_set, by=by)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        counts = change_set.counts
        record(
            IMPORT_SAVED,
            by=by,
            name=file[-200:],
            school=None if change_set.of_many else change_set.schools[0].school.pk,
            changes={
                f"{key}_count": (None, counts[kind])
                for key, kind in (("created", NEW), ("changed", CHANGED), ("unchanged", UNCHANGED))
            },
        )

    def _say(self, change_set: ChangeSet) -> None:
        for outcome in change_set.outcomes:
            row = outcome.row
            where = f"{row.sheet}, dòng {row.number}, {row.text('full_name')}"
            for key, code, params in outcome.refusals:
                what, remedy = in_words(code, params)
                self.stderr.write(f"{where}: {header_of(key)} “{row.text(key)}” {what} {remedy}")
            if outcome.alike or outcome.alike_rows:
                others = ", ".join(str(each.row.number) for each in outcome.alike_rows)
                self.stdout.write(f"{where}: trùng tên?{f' (dòng {others})' if others else ''}")
        for changes in change_set.schools if change_set.of_many else ():
            new, changed = len(changes.of_kind(NEW)), len(changes.of_kind(CHANGED))
            refused = len(changes.of_kind(REFUSED))
            school = changes.school
            self.stdout.write(
                f"{school.code} {school.name}: mới {new}, đổi {changed}, cần sửa {refused}"
            )
        counts = change_set.counts
        self.stdout.write(
            f"Mới {counts[NEW]}, đổi {counts[CHANGED]}, như cũ {counts[UNCHANGED]}, "
            f"cần sửa {counts[REFUSED]}"
        )
