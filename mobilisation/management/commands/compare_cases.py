"""Compare cases of drifting children with similar children, as the timetable does every night."""

import argparse
import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from mobilisation.case_effect.services import compare_due


class Command(BaseCommand):
    help = "Compare cases of drifting children whose days are over; counts only, no names."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--again-since",
            metavar="YYYY-MM-DD",
            type=datetime.date.fromisoformat,
            help="also again, all opened on that day or later: after registers were corrected",
        )

    def handle(self, *args: Any, again_since: datetime.date | None, **options: Any) -> None:
        written = compare_due(today=timezone.localdate(), again_since=again_since)
        self.stdout.write(f"Đã so sánh {written} hồ sơ.")
