"""Write the demo: invented people on the real units."""

import datetime

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from lai_chau_edu.demo import build, full


class Command(BaseCommand):
    help = "Write the demo province (once) and print a sign-in for each role."

    def add_arguments(self, parser):
        parser.add_argument(
            "--sign-ins", action="store_true", help="only print the sign-ins of the demo"
        )
        parser.add_argument(
            "--scale",
            metavar="full|N",
            help="instead of the small demo write one whole province, or N of them",
        )

        parser.add_argument(
            "--since",
            type=datetime.date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="with --scale: only registers of this day and later",
        )

    def handle(self, *args, sign_ins, scale, since, **options):
        if not sign_ins:
            if build.is_present():
                self.stdout.write("Dữ liệu mẫu đã có sẵn, không ghi thêm.")
            else:
                counts = self._write_full(scale, since) if scale else build.write_demo()
                self.stdout.write(", ".join(f"{name}: {count}" for name, count in counts.items()))
        for role, username in build.sign_ins():
            self.stdout.write(f"{role:<28} {username:<12} {build.PASSWORD}")

    def _write_full(self, scale, since):
        if scale != "full" and not (scale.isdecimal() and 1 <= int(scale) <= 64):
            raise CommandError("--scale: viết full (một tỉnh) hoặc số tỉnh từ 1 đến 64.")
        return full.write_provinces(
            1 if scale == "full" else int(scale),
            today=timezone.localdate(),
            now=timezone.now(),
            since=since,
            say=lambda text: self.stdout.write(text),
        )
