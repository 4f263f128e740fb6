"""Write the demo: invented people on the real units."""

from django.core.management.base import BaseCommand

from lai_chau_edu.demo import build


class Command(BaseCommand):
    help = "Write the demo province (once) and print a sign-in for each role."

    def add_arguments(self, parser):
        parser.add_argument(
            "--sign-ins", action="store_true", help="only print the sign-ins of the demo"
        )

    def handle(self, *args, sign_ins, **options):
        if not sign_ins:
            if build.is_present():
                self.stdout.write("Dữ liệu mẫu đã có sẵn, không ghi thêm.")
            else:
                counts = build.write_demo()
                self.stdout.write(", ".join(f"{name}: {count}" for name, count in counts.items()))
        for role, username in build.sign_ins():
            self.stdout.write(f"{role:<28} {username:<12} {build.PASSWORD}")
