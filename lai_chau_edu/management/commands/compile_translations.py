"""Compile the Vietnamese catalogues without gettext, or prove them complete."""

from django.core.management.base import BaseCommand, CommandError

from core.translations import compile_catalogues, find_gaps


class Command(BaseCommand):
    help = "Compile the catalogues under locale/ whose .mo is missing or older."
    # The checks translate; they would load the old catalogue first.
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument(
            "--check",
            action="store_true",
            help="compile nothing; fail when a text on the screen has no translation",
        )

    def handle(self, *args, check, **options):
        if not check:
            for path in compile_catalogues():
                self.stdout.write(f"compiled {path}")
            return
        gaps = find_gaps()
        for gap in gaps:
            self.stderr.write(gap)
        if gaps:
            raise CommandError(f"{len(gaps)} texts are not translated.")
        self.stdout.write("Every text is translated.")
