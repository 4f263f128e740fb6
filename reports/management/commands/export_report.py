"""Write a report or official paper to a file, with the figures of the screen."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from core.months import Month
from reports import report_types
from reports.selectors.areas import area_of_month
from reports.services.runs import export_report
from schools.models import Area, School


class Command(BaseCommand):
    help = "Write a report to a file: export_report monthly --area 12 --month 2026-10 --out a.xlsx"

    def add_arguments(self, parser: CommandParser) -> None:
        codes = [each.code for each in report_types.all_types()]
        parser.add_argument("report", help=", ".join(codes))
        parser.add_argument("--area", help="code of a province, district or commune")
        parser.add_argument("--school", help="code of a school, for its reports")
        parser.add_argument("--month", required=True, help="YYYY-MM")
        parser.add_argument(
            "--format",
            choices=["xlsx", "csv", "docx", "pdf"],
            help="where a report can be had in several: report --format pdf",
        )
        parser.add_argument("--out", required=True, help="path of the file to write")

    def handle(
        self,
        *args: object,
        report: str,
        month: str,
        out: str,
        area: str | None = None,
        school: str | None = None,
        **options: Any,
    ) -> None:
        path = Path(out)
        with translation.override("vi"):
            try:
                asked = Month.parse(month)
            except ValueError as error:
                raise CommandError(str(error)) from error
            in_area, of_school = _place(area, school, asked)
            if not path.parent.is_dir():
                raise CommandError(f"Không có thư mục {path.parent}. Hãy tạo thư mục trước.")
            try:
                rows = export_report(
                    kind=_kind(report, options["format"]),
                    month=asked,
                    path=path,
                    area=in_area,
                    school=of_school,
                )
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"{in_area or of_school}, {asked.label}: {rows} dòng → {path}")


def _place(area: str | None, school: str | None, month: Month) -> tuple[Area | None, School | None]:
    """The area or the school of the codes given; raises CommandError for none or both."""
    if (area is None) == (school is None):
        raise CommandError("Cần một trong hai: --area hoặc --school.")
    if area is not None:
        found = area_of_month(area, month)
        if found is None:
            raise CommandError(f"Không có đơn vị hành chính nào mang mã {area} tới {month.label}.")
        return found, None
    named = School.objects.filter(code=school).first()
    if named is None:
        raise CommandError(f"Không có trường nào mang mã {school}.")
    return None, named


def _kind(report: str, wanted: str | None) -> str:
    """The code of a type: as it was given, or with the format behind it ("report", "pdf").

    Raises CommandError for a report that there is not, or not in that format.
    """
    whole = f"{report}_{wanted}"
    if wanted and report_types.find(whole) is not None:
        return whole
    found = report_types.find(report)
    if found is not None and wanted in (None, found.extension):
        return report
    codes = ", ".join(each.code for each in report_types.all_types())
    raise CommandError(f"Không có báo cáo {report} ở dạng {wanted or '—'}. Có: {codes}.")
