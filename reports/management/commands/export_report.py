"""Write a report or official paper to a file, with the figures of the screen."""

from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from core.months import Month
from reports import report_types
from reports.selectors.areas import area_of_month
from reports.services.runs import export_report
from schools.models import Area, School


class Command(BaseCommand):
    help = "Write a report to a file: export_report monthly --area 12 --month 2026-10 --out a.xlsx"

    def add_arguments(self, parser):
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

    def handle(self, *args, report, month, out, area=None, school=None, **options):
        path = Path(out)
        with translation.override("vi"):
            try:
                month = Month.parse(month)
            except ValueError as error:
                raise CommandError(str(error)) from error
            found = _place(area, school, month)
            if not path.parent.is_dir():
                raise CommandError(f"Không có thư mục {path.parent}. Hãy tạo thư mục trước.")
            try:
                rows = export_report(
                    kind=_kind(report, options["format"]), month=month, path=path, **found
                )
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from error
        (place,) = found.values()
        self.stdout.write(f"{place}, {month.label}: {rows} dòng → {path}")


def _place(area: str | None, school: str | None, month: Month) -> dict[str, Area | School]:
    """{"area": ...} or {"school": ...} of the codes given; raises CommandError for none or both."""
    if (area is None) == (school is None):
        raise CommandError("Cần một trong hai: --area hoặc --school.")
    if area is not None:
        found = area_of_month(area, month)
        if found is None:
            raise CommandError(f"Không có đơn vị hành chính nào mang mã {area} tới {month.label}.")
        return {"area": found}
    named = School.objects.filter(code=school).first()
    if named is None:
        raise CommandError(f"Không có trường nào mang mã {school}.")
    return {"school": named}


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
