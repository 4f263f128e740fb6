"""Let somebody try again at once after wrong passwords."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from accounts import guessing
from accounts.models import User


class Command(BaseCommand):
    help = "Unlock an account after wrong passwords or codes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(_("There is no account “%(name)s”.") % {"name": username})
        guessing.unlock(user=user, by=None)
        self.stdout.write(_("Unlocked."))
