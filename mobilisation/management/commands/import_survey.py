"""Enter the household survey of a commune from Excel."""

import argparse
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone, translation

from core.events import record
from core.services.workbook_imports import CHANGED, NEW, REFUSED, UNCHANGED
from core.types import User
from core.workbooks import WorkbookRefused
from mobilisation.events import IMPORT_SAVED
from mobilisation.survey_import.services import change_set_of_file
from mobilisation.survey_import.services.change_set import ChangeSet
from mobilisation.survey_import.services.commit import write_change_set
from mobilisation.survey_import.workbook.refusals import SurveyRefused, words
from mobilisation.surveys.services.rounds import hold
from schools.areas.selectors.tree import area_version
from schools.enums import AreaLevel
from schools.models import Area


class Command(BaseCommand):
    help = "Enter the survey of a commune (.xlsx): everything or nothing; --dry-run only shows."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file")
        parser.add_argument("--year", type=int, required=True, help="year in which ages count")
        parser.add_argument("--area", metavar="CODE", required=True, help="code of the commune")
        parser.add_argument("--by", metavar="USERNAME", required=True, help="who enters it")
        parser.add_argument("--dry-run", action="store_true", help="show, and write nothing")

    def handle(
        self,
        *args: Any,
        file: str,
        year: int,
        area: str,
        by: str,
        dry_run: bool,
        **options: Any,
    ) -> None:
        commune, user = self._commune(area), self._user(by)
        with translation.override("vi"), transaction.atomic():
            if not dry_run:
                # As two saves in the browser: one after the other.
                hold(commune.pk)
            try:
                change_set = change_set_of_file(file, commune=commune, year=year, lock=not dry_run)
            except (SurveyRefused, WorkbookRefused) as refusal:
                what, remedy = words(
                    refusal.code, {key: str(value) for key, value in refusal.params.items()}
                )
                raise CommandError(f"{what} {remedy}".strip()) from refusal
            except OSError as error:
                raise CommandError(f"Không đọc được tệp {file}: {error.strerror}.") from error
            except ValueError as error:
                raise CommandError(f"Năm điều tra {year} không hợp lệ.") from error
            self._say(change_set)
            if change_set.counts[REFUSED]:
                raise CommandError("Chưa ghi gì: hãy sửa các dòng trên rồi chạy lại.")
            if dry_run:
                self.stdout.write("Chạy thử: chưa ghi gì.")
                return
            try:
                opened = write_change_set(change_set, by=user)
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from error
            counts = change_set.counts
            record(
                IMPORT_SAVED,
                by=user,
                about=opened,
                name=file[-200:],
                area=commune.pk,
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

    def _commune(self, code: str) -> Area:
        today = timezone.localdate()
        commune = area_version(code, on=today, level=AreaLevel.COMMUNE)
        if commune is None:
            raise CommandError(f"Không có xã, phường nào mã {code} ngày {today:%d/%m/%Y}.")
        return commune

    def _user(self, username: str) -> User:
        found: User | None = get_user_model().objects.filter(username=username).first()
        if found is None:
            raise CommandError(f"Không có tài khoản {username}.")
        return found

    def _say(self, change_set: ChangeSet) -> None:
        for outcome in change_set.of_kind(REFUSED):
            where = f"{outcome.line.sheet}, dòng {outcome.line.number}, {outcome.line.name}"
            for key, code, params in outcome.refusals:
                what, remedy = words(code, params)
                shown = outcome.line.text(key) if key else ""
                self.stderr.write(f"{where}: “{shown}” {what} {remedy}")
        counts = change_set.counts
        self.stdout.write(
            f"Mới {counts[NEW]}, đổi {counts[CHANGED]}, như cũ {counts[UNCHANGED]}, "
            f"cần sửa {counts[REFUSED]}, quá tuổi không lưu {change_set.source.too_old}"
        )
