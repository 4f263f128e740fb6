"""Queries of the pages and the API of tasks, at two sizes."""

import datetime

from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reports.models import MonthAssessment
from tests.api.conftest import Caller
from tests.inspections.conftest import add_communes, make_flag

from .builders import make_action, make_action_plan

D = datetime.date
CEILINGS = {
    # name: (person, ceiling)
    "action_plans": ("province_officer", 14),
    "action_plan": ("province_officer", 24),
    "actions": ("province_officer", 16),
    "actions of a member": ("member_user", 14),
    "action": ("province_officer", 16),
    "action_new": ("province_officer", 14),
    "mine": ("member_user", 28),
    "api": ("province_officer", 12),
}


def fill(world, communes):
    """A plan for each commune, tasks late and to be done, flags and an assessment of each."""
    for commune in communes:
        plan = make_action_plan(commune, by=world.province_officer)
        for day in (D(2026, 9, 1), D(2026, 11, 20)):
            make_action(plan, by=world.province_officer, due_on=day)
            make_action(world.plan, by=world.province_officer, area=commune, due_on=day)
            make_action(
                world.plan,
                by=world.province_officer,
                area=world.commune_a,
                member=world.member,
                due_on=day,
            )
        make_flag(commune)
        MonthAssessment.objects.create(
            area=commune,
            month=D(2026, 9, 1),
            state="sent",
            text="Chưa đạt",
            measures="- Họp",
            sent_by=world.province_officer,
            sent_at=datetime.datetime(2026, 10, 5, tzinfo=datetime.UTC),
        )


def test_queries_stay_under_their_ceilings_and_do_not_grow(world, sign_in, tmp_path, settings):
    settings.FILES_DIR = settings.MEDIA_ROOT = tmp_path / "files"
    world.plan = make_action_plan(world.province, by=world.province_officer)
    first = make_action(world.plan, by=world.province_officer)
    addresses = {
        "action_plans": reverse("inspections:action_plans"),
        "action_plan": reverse("inspections:action_plan", args=[world.plan.pk]),
        "actions": reverse("inspections:actions"),
        "actions of a member": reverse("inspections:actions"),
        "action": reverse("inspections:action", args=[first.pk]),
        "action_new": reverse("inspections:action_new", args=[world.plan.pk]),
        "mine": reverse("inspections:mine"),
    }
    clients = {name: sign_in(getattr(world, name)) for name in ("province_officer", "member_user")}
    caller = Caller(world.province_officer)
    caller.get("me/")  # the first use of a key is noted

    def count(name):
        cache.clear()
        person, _ceiling = CEILINGS[name]
        with CaptureQueriesContext(connection) as queries:
            answer = (
                caller.get("actions/?area=12&late=true")
                if name == "api"
                else clients[person].get(addresses[name])
            )
        assert answer.status_code == 200
        return len(queries)

    fill(world, [world.commune_a, world.commune_b])
    small = {name: count(name) for name in CEILINGS}
    fill(world, add_communes(world, 12))
    large = {name: count(name) for name in CEILINGS}
    over = {
        name: (small[name], large[name], ceiling)
        for name, (_person, ceiling) in CEILINGS.items()
        if large[name] > ceiling or large[name] > small[name]
    }
    assert over == {}
    assert all(small.values())
