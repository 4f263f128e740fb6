"""Closures: they change what is due, warn over sent registers, stay inside one's places."""

import datetime
import json
import uuid

import pytest
from django.urls import reverse

from attendance.calendar.selectors.due_sessions import due_sessions, is_due
from attendance.calendar.services.closures import RegistersSent, add_closure, remove_closure
from attendance.models import Closure
from attendance.signals import calendar_changed
from reports.models import StaleMonth
from schools.models import SchoolClass
from tests.html_query import read
from tests.sending import send_register

pytestmark = pytest.mark.django_db
ONE_DAY = datetime.timedelta(days=1)
PAGE = reverse("attendance:closures")


def close(world, place, *, days=1, **more):
    return add_closure(
        place=place,
        is_held=more.pop("is_held", False),
        valid_from=more.pop("start", world.today),
        valid_to=more.pop("end", world.today + days * ONE_DAY),
        reason=more.pop("reason", "cold"),
        by=world.head_a,
        **more,
    )


def send(world):
    return send_register(
        school_class=world.class_a,
        date=world.today,
        session="am",
        operation_id=uuid.uuid4(),
        base_revision=0,
        marks={},
        by=world.teacher_a,
    )


def heard_from(action):
    heard = []

    def listen(sender, school_class_ids, start, end, **kwargs):
        heard.append((set(school_class_ids), start, end))

    calendar_changed.connect(listen)
    try:
        action()
    finally:
        calendar_changed.disconnect(listen)
    return heard


@pytest.mark.parametrize(
    ("place", "closed"),
    [
        ("province", {"class_a", "class_a12", "class_b"}),
        ("cluster", {"class_a", "class_a12"}),
        ("commune_a", {"class_a", "class_a12"}),
        ("commune_a2", set()),
        ("school_a", {"class_a", "class_a12"}),
        ("site_a", {"class_a12"}),
    ],
)
def test_closing_a_place_closes_what_lies_below_and_says_so(world, place, closed):
    names = ("class_a", "class_a12", "class_b")
    (news,) = heard_from(lambda: close(world, getattr(world, place)))
    assert {n for n in names if not is_due(getattr(world, n), world.today, "am")} == closed
    ids = {getattr(world, name).pk for name in closed}
    assert news == (ids, world.today, world.today + ONE_DAY)


def test_closing_one_level_leaves_the_others_open(world):
    close(world, world.school_a, level="TH")
    assert is_due(world.class_a, world.today, "am")
    assert not is_due(world.class_a12, world.today, "am")


def test_closing_one_session_leaves_the_other(world):
    close(world, world.site_a, session="am")
    due = due_sessions([world.class_a12], world.today, world.today + ONE_DAY)
    assert {session for _date, session in due[world.class_a12.pk]} == {"pm"}


def test_nearer_place_opens_what_a_farther_one_closes(world):
    close(world, world.province)
    close(world, world.school_a, is_held=True, reason="event")
    assert is_due(world.class_a, world.today, "am")
    assert not is_due(world.class_b, world.today, "am")


def test_closing_over_sent_registers_needs_a_word(world):
    send(world)
    with pytest.raises(RegistersSent) as refused:
        close(world, world.commune_a)
    assert refused.value.count == 1
    assert Closure.objects.count() == 0
    close(world, world.commune_a, choice="closed")
    assert not is_due(world.class_a, world.today, "am")


def test_taking_back_makes_the_day_due_again_and_keeps_a_trace(world):
    closure = close(world, world.school_a)
    (news,) = heard_from(lambda: remove_closure(closure=closure, by=world.head_a))
    assert is_due(world.class_a, world.today, "am")
    assert news[0] == set(
        SchoolClass.objects.filter(school=world.school_a).values_list("pk", flat=True)
    )
    trace = Closure.history.filter(history_type="-").get()
    assert (trace.history_user, trace.school_id) == (world.head_a, world.school_a.pk)


def test_closing_marks_the_month_to_recount(world):
    StaleMonth.objects.all().delete()
    close(world, world.school_a)
    assert set(StaleMonth.objects.values_list("school_class_id", flat=True)) == {
        world.class_a.pk,
        world.class_a12.pk,
    }


def test_page_closes_after_asking_and_lists_it(world, sign_in):
    send(world)
    client = sign_in(world.head_a)
    form = {
        "place": f"school:{world.school_a.pk}",
        "what": "closed",
        "first_day": world.today.isoformat(),
        "last_day": world.today.isoformat(),
        "reason": "flood",
    }
    first = client.post(PAGE, form)
    assert first.status_code == 422
    assert Closure.objects.count() == 0
    asked = read(first)
    assert [box.get("value") for box in asked.select("[name=choice]")] == ["closed", "held"]
    assert asked.select("[name=choice][checked]") == []
    (sent,) = asked.select("form details tbody tr")
    assert "6A" in sent.text
    assert "Nguyễn Thị Hoa" in sent.text
    made = client.post(PAGE, form | {"choice": "closed"})
    closure = Closure.objects.get()
    assert made.url == reverse("attendance:closure", args=[closure.pk])
    listed = read(client.get(PAGE)).one("tbody tr")
    assert "TH&THCS A Một" in listed.text
    assert "Mưa lũ, sạt lở" in listed.text


def test_page_refuses_a_last_day_before_the_first(world, sign_in):
    answer = sign_in(world.head_a).post(
        PAGE,
        {
            "place": f"school:{world.school_a.pk}",
            "what": "closed",
            "first_day": "2026-10-12",
            "last_day": "2026-10-11",
            "reason": "flood",
        },
    )
    assert answer.status_code == 422
    assert "Ngày cuối không được trước ngày đầu" in answer.content.decode()
    assert Closure.objects.count() == 0


def test_page_offers_own_places_only(world, sign_in):
    def offered(user):
        page = read(sign_in(user).get(PAGE))
        return {option.get("value") for option in page.select("[name=place] option")}

    assert offered(world.head_a) == {
        f"school:{world.school_a.pk}",
        *(f"site:{site.pk}" for site in world.school_a.sites.all()),
    }
    assert f"area:{world.commune_b.pk}" not in offered(world.district_officer)
    assert f"area:{world.commune_b.pk}" in offered(world.province_officer)


def test_page_refuses_a_foreign_place(world, sign_in):
    answer = sign_in(world.head_a).post(
        PAGE,
        {
            "place": f"school:{world.school_b.pk}",
            "what": "closed",
            "first_day": "2026-10-12",
            "last_day": "2026-10-12",
            "reason": "flood",
        },
    )
    assert answer.status_code == 422
    assert Closure.objects.count() == 0


def test_page_offers_the_levels_there_are_and_refuses_others(world, sign_in):
    def offered(user):
        page = read(sign_in(user).get(PAGE))
        return [box.get("value") for box in page.select("[name=levels]")]

    assert offered(world.head_a) == ["TH", "THCS"]
    assert offered(world.province_officer) == ["TH", "THCS"]
    page = read(sign_in(world.province_officer).get(PAGE))
    taught = json.loads(page.one("select[name=place]").get("data-taught"))
    assert taught[f"area:{world.commune_a.pk}"] == ["TH", "THCS"]
    assert taught[f"area:{world.commune_b.pk}"] == ["THCS"]
    answer = sign_in(world.province_officer).post(
        PAGE,
        {
            "place": f"area:{world.commune_b.pk}",
            "what": "closed",
            "levels": ["TH"],
            "first_day": world.today.isoformat(),
            "last_day": world.today.isoformat(),
            "reason": "flood",
        },
    )
    assert answer.status_code == 422
    assert "Nơi này không có cấp Tiểu học." in answer.content.decode()
    assert Closure.objects.count() == 0


def test_cold_is_asked_in_one_place(world, sign_in):
    def reasons(what):
        page = read(sign_in(world.head_a).get(PAGE, {"what": what}))
        return {option.get("value") for option in page.select("[name=reason] option")}

    assert "cold" not in reasons("closed")
    assert "cold" in reasons("make_up")
    assert "cold" in reasons("held")
