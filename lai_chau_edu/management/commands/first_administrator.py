"""Print the link with which the first account of an empty installation is made."""

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from core.addresses import outside_address
from lai_chau_edu.readiness.first_administrator import is_wanted, link_path


class Command(BaseCommand):
    help = "Print a link, good for a day, that makes the first account while there is none."

    def handle(self, *args, **options):
        if not is_wanted():
            raise CommandError(
                _("There are accounts already. An administrator makes the others, under Accounts.")
            )
        self.stdout.write(outside_address(link_path()) or link_path())
