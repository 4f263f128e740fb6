"""Write the pupil list of a unit or a school as the ministry's workbook, at the machine itself."""

import argparse
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count, QuerySet
from django.utils import timezone, translation

from core.events import record
from schools.access_trail import note_file
from schools.areas.selectors.tree import AreaTree, area_version, schools_in
from schools.directory.selectors.years import year_for
from schools.events import PUPILS_LIST_FETCHED
from schools.models import Enrolment, School, SchoolYear
from schools.pupil_export.services import write_file
from schools.pupil_import.services.reading import ROW_LIMIT_OF_MANY


class Command(BaseCommand):
    help = (
        "Write the pupil list (.xlsx) of a province, district, commune (--area) or school "
        "(--school): of more than 50,000 pupils in parts, as the import reads them."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--area", metavar="CODE", help="code of a unit")
        whose.add_argument("--school", metavar="CODE", help="code of a school")
        parser.add_argument("--year", metavar="CODE", help="school year, as 2026-2027")
        parser.add_argument("--out", required=True, metavar="FILE.xlsx")
        parser.add_argument(
            "--by", required=True, metavar="USERNAME", help="for whom: events and trail name them"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        by = get_user_model().objects.filter(username=options["by"], is_active=True).first()
        if by is None:
            raise CommandError(f"Không có tài khoản đang dùng nào tên {options['by']}.")
        year = self._year(options["year"])
        path = Path(options["out"])
        if not path.parent.is_dir():
            raise CommandError(f"Không có thư mục {path.parent}. Hãy tạo thư mục trước.")
        schools = self._schools(options["area"], options["school"])
        parts = _parts(schools, year)
        for number, ids in enumerate(parts, 1):
            one = path if len(parts) == 1 else path.with_stem(f"{path.stem}-{number}")
            counts = write_file(
                one,
                schools,
                year=year,
                of_many=options["school"] is None,
                only=ids,
            )
            with translation.override("vi"):
                note_file(by, counts)
                record(
                    PUPILS_LIST_FETCHED,
                    by=by,
                    name=f"{year.code} {one.name}"[:200],
                    changes={"pupils": (None, sum(counts.values()))},
                )
            self.stdout.write(f"{one}: {sum(counts.values())} học sinh, {len(counts)} trường.")

    def _year(self, code: str | None) -> SchoolYear:
        year = (
            SchoolYear.objects.filter(code=code).first() if code else year_for(timezone.localdate())
        )
        if year is None:
            raise CommandError(f"Không có năm học {code}." if code else "Chưa có năm học nào.")
        return year

    def _schools(self, area_code: str | None, school_code: str | None) -> QuerySet[School]:
        if school_code is not None:
            schools = School.objects.filter(code__iexact=school_code)
            if not schools.exists():
                raise CommandError(f"Không có trường nào mã {school_code}.")
            return schools
        today = timezone.localdate()
        area = area_version(area_code or "", on=today)
        if area is None:
            raise CommandError(f"Không có đơn vị hành chính nào mang mã {area_code}.")
        below = AreaTree.on(today).below(area.pk)
        return School.objects.filter(pk__in=list(schools_in(below, on=today)))


def _parts(schools: QuerySet[School], year: SchoolYear) -> list[list[int]]:
    """Ids of schools in the order of their names, cut so that no file has more rows than the
    import takes; at least one part."""
    spells = Enrolment.objects.filter(school__in=schools.order_by().values("pk"))
    pupils = dict(
        spells.filter(school_class__year=year)
        .order_by()
        .values_list("school")
        .annotate(Count("pupil", distinct=True))
    )
    parts: list[list[int]] = [[]]
    rows = 0
    for school_id in schools.order_by("name_key", "pk").values_list("pk", flat=True):
        rows += pupils.get(school_id, 0)
        if rows > ROW_LIMIT_OF_MANY and parts[-1]:
            parts.append([])
            rows = pupils.get(school_id, 0)
        parts[-1].append(school_id)
    return parts
