"""Registers that are missing, asked for by another system."""

import pytest

from attendance.models import Closure
from tests.reports.books import take

pytestmark = pytest.mark.django_db


def keys(answer):
    assert answer.status_code == 200
    return [(each["class_name"], each["session"]) for each in answer.json()["results"]]


def test_what_is_due_and_not_sent_in_own_places(world, caller):
    take(world.class_a, world.today)
    mine = [("1+2 Háng Lìa", "am"), ("1+2 Háng Lìa", "pm")]
    assert keys(caller("head_a").get("missing/")) == mine
    assert keys(caller("commune_officer").get("missing/")) == mine
    assert keys(caller("teacher_a").get("missing/")) == []
    assert keys(caller("head_b").get("missing/")) == [("6B", "am")]
    first = caller("head_a").get("missing/").json()["results"][0]
    assert first == {
        "class_id": world.class_a12.pk,
        "class_name": "1+2 Háng Lìa",
        "level": "TH",
        "school": world.school_a.pk,
        "school_name": "TH&THCS A Một",
        "date": "2026-10-12",
        "session": "am",
        "late_at": "2026-10-12T09:00:00+07:00",
    }


def test_a_school_a_day_and_nothing_of_what_is_foreign_closed_or_to_come(world, caller):
    head = caller("head_a")
    assert len(keys(head.get(f"missing/?school={world.school_a.pk}&on=2026-10-11"))) == 3
    assert keys(head.get(f"missing/?school={world.school_b.pk}")) == []
    assert keys(head.get("missing/?on=2026-10-13")) == []
    Closure.objects.create(
        school=world.school_a,
        reason="cold",
        valid_from=world.today,
        valid_to=world.today.replace(day=13),
    )
    assert keys(head.get("missing/")) == []


@pytest.mark.parametrize("query", ["on=yesterday", "on=1800-01-01", "school=x", "school=0"])
def test_what_is_no_day_and_no_school(world, caller, query):
    answer = caller("head_a").get(f"missing/?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
