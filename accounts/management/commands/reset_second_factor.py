"""Help somebody in who lost phone and recovery codes, when no other administrator can."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from accounts import second_factor, sessions
from accounts.models import User


class Command(BaseCommand):
    help = "Remove the second step of somebody's sign-in; the person is told."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--reason", default="", help="kept with the event")

    def handle(self, *args: Any, username: str, reason: str, **options: Any) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(_("There is no account “%(name)s”.") % {"name": username})
        second_factor.reset(user=user, by=None, reason=reason[:500])
        sessions.end(user)
        self.stdout.write(
            _("%(name)s signs in with the password alone the next time and is told so.")
            % {"name": user}
        )
