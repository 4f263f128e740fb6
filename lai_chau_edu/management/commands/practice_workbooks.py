"""Write the three workbooks of an invented province, to practise with."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from lai_chau_edu.demo import workbooks
from schools.areas.selectors.tree import AreaTree
from schools.directory.selectors.years import year_for


class Command(BaseCommand):
    help = "Write truong.xlsx, can-bo.xlsx and hoc-sinh.xlsx of invented schools into a folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--schools", type=int, default=40)
        parser.add_argument("--staff", type=int, default=900)
        parser.add_argument("--pupils", type=int, default=12_000)
        parser.add_argument(
            "--flawed", action="store_true", help="with the mistakes that offices really send"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        today = timezone.localdate()
        communes = sorted(area.code for area in AreaTree.on(today).communes())
        if not communes:
            raise CommandError("Chưa có xã nào: hãy chạy load_units trước.")
        year = year_for(today)
        made = workbooks.build(
            communes=communes,
            year=year.valid_from.year if year else today.year,
            schools=options["schools"],
            staff=options["staff"],
            pupils=options["pupils"],
            flawed=options["flawed"],
        )
        folder: Path = options["folder"]
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in (
            ("truong.xlsx", made.schools),
            ("can-bo.xlsx", made.staff),
            ("hoc-sinh.xlsx", made.pupils),
        ):
            (folder / name).write_bytes(content)
            self.stdout.write(str(folder / name))
