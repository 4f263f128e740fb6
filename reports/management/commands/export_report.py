"""Write a report to a file, with the figures of the screen."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from core.months import Month
from reports.selectors.areas import area_of_month
from reports.services.runs import export_monthly


class Command(BaseCommand):
    help = "Write a report to a file: export_report monthly --area 12 --month 2026-10 --out a.xlsx"

    def add_arguments(self, parser):
        parser.add_argument("report", choices=["monthly"])
        parser.add_argument("--area", required=True, help="code of a province, district or commune")
        parser.add_argument("--month", required=True, help="YYYY-MM")
        parser.add_argument("--format", choices=["xlsx"], default="xlsx")
        parser.add_argument("--out", required=True, help="path of the file to write")

    def handle(self, *args, area, month, out, **options):
        path = Path(out)
        with translation.override("vi"):
            try:
                month = Month.parse(month)
            except ValueError as error:
                raise CommandError(str(error)) from error
            found = area_of_month(area, month)
            if found is None:
                raise CommandError(
                    f"Không có đơn vị hành chính nào mang mã {area} tới {month.label}."
                )
            if not path.parent.is_dir():
                raise CommandError(f"Không có thư mục {path.parent}. Hãy tạo thư mục trước.")
            rows = export_monthly(area=found, month=month, path=path)
        self.stdout.write(f"{found.title}, {month.label}: {rows} dòng → {path}")
