"""Accounts of 5,000 people of the staff lists, with the PDF of their slips, as the job makes them.

The floor is the hashing alone: Argon2id with the product's parameters, two at once. It is what
the safety of the passwords costs, and is not made cheaper here. Needs the demo only; people and
accounts are made for the measurement and taken away again, their events stay.
"""

import time
from concurrent.futures import ThreadPoolExecutor

from django.contrib.auth.hashers import make_password
from django.db import connection
from django.utils import timezone

from accounts.first_passwords import canonical, first_password
from accounts.issuing.for_staff import ask_for_staff_accounts
from accounts.issuing.services import THREADS, make_accounts, take_slips
from accounts.models import (
    AccountBatch,
    AccountBatchLine,
    ClassAssignment,
    Post,
    RoleGrant,
    StaffMember,
    User,
)
from accounts.scoping import scope_for
from accounts.staff.models import AssignmentKind, PostKind
from lai_chau_edu.demo import people, staff
from schools.models import School, SchoolClass

from . import sending
from .results import Results, about

PEOPLE = 5_000
HASHED = 200
CODE = "BENCH"
SEXES = "FM"


def measure(options):
    """Seconds from the click to slips that can be downloaded, and where they go."""
    results = Results("accounts", about(connection, people=f"{PEOPLE:,}", threads=THREADS))
    asker = User.objects.get(username=staff.SIGN_INS["province_officer"])
    floor = _hashing()
    _take_away()
    try:
        _hire(timezone.localdate())
        ids = list(
            StaffMember.objects.filter(staff_code__startswith=CODE).values_list("pk", flat=True)
        )
        start = time.perf_counter()
        batch = ask_for_staff_accounts(scope=scope_for(asker), people=ids)
        asked = time.perf_counter()
        processor = time.process_time()
        batch = make_accounts(batch_id=batch.pk)
        made, processor = time.perf_counter(), time.process_time() - processor
        pdf = take_slips(batch=batch, by=asker)
        with_account = User.objects.filter(staff_member__in=ids).count()
        if batch.state != AccountBatch.State.DONE or with_account != PEOPLE or not pdf:
            raise RuntimeError(f"{with_account} accounts were made, the batch is {batch.state}")
    finally:
        _take_away()
    results.add("asked for (the click)", asked - start)
    results.add("hashing alone", floor)
    results.add("accounts and slips, against the hashing alone", made - asked, floor=floor)
    results.add("accounts and slips", made - asked, at_most=300)
    results.add("processor time of the job, without the database's", processor)
    results.add("size of the PDF", len(pdf) / 1e6, "MB")
    return results


def _hashing():
    """Seconds of hashing PEOPLE first passwords, from some of them."""
    passwords = [canonical(first_password()) for _each in range(HASHED)]
    with ThreadPoolExecutor(THREADS) as pool:
        start = time.perf_counter()
        list(pool.map(make_password, passwords))
        return (time.perf_counter() - start) * PEOPLE / HASHED


def _hire(today):
    """People spread over the schools of the day: one head where there is none, else teachers."""
    rng = sending.random_of(17)
    schools = list(School.objects.on(today).order_by("pk"))
    classes = {
        each.school_id: each for each in SchoolClass.objects.running_on(today).order_by("-pk")
    }
    headed = set(Post.objects.filter(kind=PostKind.HEAD).values_list("school_id", flat=True))
    members = []
    for number in range(PEOPLE):
        sex = rng.choice(SEXES)
        name = people.draw_name(rng, people.draw_group(rng, "110"), sex)
        member = StaffMember(full_name=name, sex=sex, staff_code=f"{CODE}{number:05}")
        member.set_keys()
        members.append(member)
    StaffMember.objects.bulk_create(members, batch_size=500)
    posts, assignments = [], []
    for number, member in enumerate(members):
        school = schools[number % len(schools)]
        kind = PostKind.TEACHER if school.pk in headed else PostKind.HEAD
        headed.add(school.pk)
        posts.append(Post(person=member, school=school, kind=kind, valid_from=today))
        if kind == PostKind.TEACHER and school.pk in classes:
            taught = classes[school.pk]
            assignments.append(
                ClassAssignment(
                    person=member,
                    school_class=taught,
                    kind=AssignmentKind.SUBJECT,
                    valid_from=today,
                    valid_to=taught.year.valid_to,
                )
            )
    Post.objects.bulk_create(posts, batch_size=500)
    ClassAssignment.objects.bulk_create(assignments, batch_size=500)


def _take_away():
    """All that was made; roles too, which nobody deletes but a measurement of a database of its
    own."""
    found = StaffMember.objects.filter(staff_code__startswith=CODE)
    users = list(found.exclude(user=None).values_list("user_id", flat=True))
    ids = list(found.values_list("pk", flat=True))
    batches = AccountBatchLine.objects.filter(person__in=ids).values_list("batch_id", flat=True)
    AccountBatch.objects.filter(pk__in=set(batches)).delete()
    for rows in (
        ClassAssignment.objects.filter(person__in=ids),
        Post.objects.filter(person__in=ids),
        found,
        RoleGrant.objects.filter(user__in=users),
        User.objects.filter(pk__in=users),
    ):
        rows._raw_delete(rows.db)
