"""Let schools go over to the next school year as it is proposed, without changing the proposal."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from schools.models import School
from schools.year_turn.selectors.standing import read_standing
from schools.year_turn.services.plan import build, propose
from schools.year_turn.services.turning import turn_year


class Command(BaseCommand):
    help = "Open next year's classes of schools and move their pupils up, as the page proposes."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--school", metavar="CODE", help="ministry code of one school")
        which.add_argument("--all", action="store_true", help="every school that is open")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would happen and write nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        today = timezone.localdate()
        schools = School.objects.on(today).order_by("name_key", "pk")
        if options["school"]:
            schools = schools.filter(code=options["school"])
        ids = list(schools.values_list("pk", flat=True))
        if not ids:
            raise CommandError(_("There is no open school with this code."))
        refused = 0
        # One school at a time: what is held in memory does not grow with the province.
        for pk in ids:
            school = School.objects.get(pk=pk)
            standing = read_standing(school, on=today)
            choices = propose(standing)
            plan = build(standing, choices)
            if not plan.refusals and not options["dry_run"]:
                try:
                    turn_year(school=school, choices=choices, on=today, by=None, seen=plan.seen)
                except ValidationError as error:
                    plan.refusals = error.messages
            refused += bool(plan.refusals)
            for sentence in plan.refusals or plan.sentences:
                self.stdout.write(f"{school.code} {school.name}: {sentence}")
        self.stdout.write(
            _("%(done)d schools, %(refused)d refused.")
            % {"done": len(ids) - refused, "refused": refused}
        )
        if options["dry_run"]:
            self.stdout.write(_("Nothing was saved: this was a trial."))
