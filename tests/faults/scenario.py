"""What the fault tests ask of the product, each in a process of its own.

    python -m tests.faults.scenario make           tables, a small province, a signed-in sender
    python -m tests.faults.scenario round NUMBER   a new revision in each school, by the service
    python -m tests.faults.scenario sweep          the sweep of the timetable, asked for once
    python -m tests.faults.scenario report         what is stored, and whether it is right

Answers are JSON on standard output.
"""

import json
import subprocess
import sys
import uuid
from importlib import import_module

from tests.faults.processes import ROOT

SCHOOLS, CLASSES_OF_SCHOOL = 15, 2


def ask(env, *arguments):
    """Run this module in a process of its own and return its answer."""
    command = [sys.executable, "-m", "tests.faults.scenario", *map(str, arguments)]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def make():
    """Build the ground; {"session": key, "date": iso, "classes": {id: [pupil ids]}}."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.core.management import call_command
    from django.utils import timezone

    from accounts.models import RoleGrant
    from core.months import Month
    from reports.services.facts import rebuild
    from schools.models import Enrolment, School
    from tests.world import build_world, make_class, make_school, make_user

    call_command("migrate", verbosity=0)
    today = timezone.localdate()
    world = build_world(today)
    sender = make_user("sender", "Người Gửi", since=world.since)
    classes = {}
    for number in range(SCHOOLS):
        school = make_school(f"F{number}", f"TH {number}", "TH", world.commune_a, world.since)
        RoleGrant.objects.create(
            user=sender, role="school_head", valid_from=world.since, school=school
        )
        for letter in "AB"[:CLASSES_OF_SCHOOL]:
            names = [f"Lò Văn {number}{letter}{each}" for each in "MNPQ"]
            found = make_class(school, world.year, f"1{letter}", "TH", "1", names)
            spells = Enrolment.objects.filter(school_class=found).order_by("pk")
            classes[found.pk] = list(spells.values_list("pupil_id", flat=True))
    rebuild(school_ids=School.objects.values_list("pk", flat=True), month=Month.of(today))
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(sender.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = sender.get_session_auth_hash()
    session.create()
    return {"session": session.session_key, "date": today.isoformat(), "classes": classes}


def send_round(number, schools=SCHOOLS):
    """One more revision of today's register in some schools, with other marks than before."""
    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from attendance.models import Register
    from schools.models import Enrolment, SchoolClass
    from tests.sending import send_register

    today, sender = timezone.localdate(), get_user_model().objects.get(username="sender")
    codes = [f"F{each}" for each in range(schools)]
    for school_class in SchoolClass.objects.filter(school__code__in=codes, name="1A"):
        pupils = Enrolment.objects.filter(school_class=school_class).values_list("pupil", flat=True)
        of_today = Register.objects.filter(school_class=school_class, date=today).first()
        send_register(
            school_class=school_class,
            date=today,
            session="am",
            operation_id=uuid.uuid4(),
            base_revision=of_today.revision if of_today else 0,
            marks=dict.fromkeys(sorted(pupils)[: number % 4 + 1], ("K", "")),
            by=sender,
        )
    return {}


def sweep():
    """As the timetable does; {"waiting": marks found}."""
    from core.jobs.dispatch import enqueue
    from reports.models import StaleMonth
    from reports.tasks import sweep_stale_months

    waiting = StaleMonth.objects.count()
    enqueue(sweep_stale_months)
    return {"waiting": waiting}


def report():
    """What is stored.

    "operations": {operation id: how often it was written}; "torn": registers whose marks,
    counts and last revision tell different stories; "stale": marks; "differences": figures
    that are not what the books say.
    """
    from collections import Counter

    from django.utils import timezone

    from attendance.models import Register, RegisterRevision
    from core.months import Month
    from reports.models import StaleMonth
    from reports.services.verify import verify
    from schools.models import School

    torn = []
    for register in Register.objects.prefetch_related("absences", "revisions"):
        revisions = sorted(register.revisions.all(), key=lambda revision: revision.number)
        marks = {str(row.pupil_id): row.mark for row in register.absences.all()}
        told = {pupil: mark for pupil, (mark, _reason) in revisions[-1].marks.items()}
        counts = Counter(marks.values())
        if (
            marks != told
            or register.unexcused != counts["K"]
            or [each.number for each in revisions] != list(range(1, register.revision + 1))
        ):
            torn.append(register.pk)
    verified = verify(
        month=Month.of(timezone.localdate()),
        school_ids=list(School.objects.values_list("pk", flat=True)),
    )
    operations = RegisterRevision.objects.values_list("operation_id", flat=True)
    return {
        "operations": Counter(map(str, operations)),
        "last": {
            row.register.school_class_id: row.marks
            for row in RegisterRevision.objects.select_related("register").order_by("number")
        },
        "torn": torn,
        "stale": StaleMonth.objects.count(),
        "differences": [str(line) for line in verified.differences],
    }


if __name__ == "__main__":
    import django

    django.setup()
    name, *rest = sys.argv[1:]
    jobs = {"make": make, "round": send_round, "sweep": sweep, "report": report}
    sys.stdout.write(json.dumps(jobs[name](*map(int, rest))))
