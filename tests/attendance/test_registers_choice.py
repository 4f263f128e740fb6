"""A day closed after registers were sent: the writer chooses, and the choice can be seen."""

import datetime
import uuid

import pytest
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendance.calendar.selectors.due_sessions import due_sessions, is_due
from attendance.calendar.selectors.impact import registers_decided
from attendance.calendar.services.closures import RegistersSent, add_closure, remove_closure
from attendance.models import Closure, Register
from schools.models import SchoolClass
from tests.html_query import read
from tests.reports.register_builders import take
from tests.sending import send_register
from tests.world import make_class

pytestmark = pytest.mark.django_db
ONE_DAY = datetime.timedelta(days=1)
PAGE = reverse("attendance:closures")


def close(world, place, *, days=1, **more):
    return add_closure(
        place=place,
        is_held=False,
        valid_from=more.pop("start", world.today),
        valid_to=world.today + days * ONE_DAY,
        reason="cold",
        by=world.province_officer,
        **more,
    )


def send(world, school_class=None, session="am"):
    return send_register(
        school_class=school_class or world.class_a,
        date=world.today,
        session=session,
        operation_id=uuid.uuid4(),
        base_revision=0,
        marks={},
        by=world.teacher_a,
    )


def history_of(world, sign_in):
    page = reverse("attendance:history", args=[world.class_a.pk, world.today, "am"])
    return [step.text for step in read(sign_in(world.head_a).get(page)).select("li.timeline__item")]


def test_closed_registers_no_longer_count_and_say_so(world, sign_in):
    send(world)
    closure = close(world, world.province, choice="closed")
    assert (closure.registers_sent, closure.registers_choice) == (1, "closed")
    assert closure.made_by == world.province_officer
    assert not is_due(world.class_a, world.today, "am")
    sheet = sign_in(world.teacher_a).get(
        reverse("attendance:sheet", args=[world.class_a.pk, world.today, "am"])
    )
    assert "hiện không được tính" in sheet.content.decode()
    newest, first = history_of(world, sign_in)
    assert "Lê Thị Mai" in newest
    assert "Sổ này không tính" in newest
    assert "Gửi lần đầu" in first


def test_classes_that_had_school_keep_theirs_and_nobody_else_opens(world, sign_in):
    send(world)
    closure = close(world, world.province, days=2, choice="held")
    (along,) = closure.along.all()
    assert (along.school, along.level, along.session) == (world.school_a, "THCS", "am")
    assert (along.valid_from, along.valid_to) == (world.today, world.today + ONE_DAY)
    assert is_due(world.class_a, world.today, "am")
    assert not is_due(world.class_a, world.today + ONE_DAY, "am")
    assert not is_due(world.class_a12, world.today, "am")
    assert not is_due(world.class_b, world.today, "am")
    newest, _first = history_of(world, sign_in)
    assert "sổ vẫn được tính" in newest
    assert [key[1] for key in registers_decided(closure).keys] == [world.class_a.pk]


def test_school_is_opened_as_one_when_all_its_sites_of_the_level_sent(world):
    """The main site has a primary class too; in the afternoon only the satellite sent."""
    other = make_class(world.school_a, world.year, "3A", "TH", "3", ["Lò Văn Ba"], sessions="am,pm")
    send(world, other)
    send(world, world.class_a12)
    send(world, world.class_a12, "pm")
    closure = close(world, world.commune_a, choice="held")
    rows = {(row.place, row.level, row.session) for row in closure.along.all()}
    assert rows == {(world.school_a, "TH", "am"), (world.site_a, "TH", "pm")}
    assert is_due(other, world.today, "am")
    assert not is_due(other, world.today, "pm")


def test_a_closed_site_opens_itself_again_where_registers_were_sent(world):
    send(world, world.class_a12)
    send(world, world.class_a12, "pm")
    closure = close(world, world.site_a, days=2, choice="held")
    (along,) = closure.along.all()
    assert (along.site, along.session) == (world.site_a, "")
    assert is_due(world.class_a12, world.today, "pm")
    assert not is_due(world.class_a12, world.today + ONE_DAY, "am")


def test_register_that_did_not_count_before_is_not_asked_about(world):
    send(world)
    close(world, world.school_a, choice="closed")
    assert close(world, world.province).registers_sent == 0


def test_taking_back_takes_the_exceptions_along_and_is_told(world, sign_in):
    send(world)
    closure = close(world, world.province, choice="held")
    remove_closure(closure=closure, by=world.province_officer)
    assert Closure.objects.count() == 0
    assert is_due(world.class_b, world.today, "am")
    newest, entered, _first = history_of(world, sign_in)
    assert "Đã bỏ" in newest
    assert "sổ vẫn được tính" in entered


def test_exception_taken_back_alone_is_told(world, sign_in):
    send(world)
    closure = close(world, world.province, choice="held")
    remove_closure(closure=closure.along.get(), by=world.head_a)
    assert not is_due(world.class_a, world.today, "am")
    newest, _entered, _first = history_of(world, sign_in)
    assert "Lù Văn Sơn" in newest
    assert "Đã bỏ" in newest


def test_page_of_the_closure_shows_choice_registers_and_exceptions(world, sign_in):
    send(world)
    closure = close(world, world.cluster, choice="held")
    page = reverse("attendance:closure", args=[closure.pk])
    seen = read(sign_in(world.district_officer).get(page))
    assert "Các lớp này vẫn học" in seen.one("section[aria-labelledby=sent]").text
    assert "TH&THCS A Một" in seen.one("section[aria-labelledby=anyway]").text
    assert seen.select("section[aria-labelledby=sent] a") == []
    # The head sees what closes his school, not what lies beside it, and cannot take it back.
    head = sign_in(world.head_a)
    seen = read(head.get(page))
    assert seen.select("section[aria-labelledby=sent]") == []
    assert head.post(reverse("attendance:closure_remove", args=[closure.pk])).status_code == 404
    assert sign_in(world.head_b).get(page).status_code == 404


def test_district_sees_no_more_than_fifty_and_no_link_to_a_sheet(world, sign_in):
    for number in range(3):
        fresh = make_class(world.school_a, world.year, f"7{number}", "THCS", "7", ["Lò Văn A"])
        for back in range(17):
            take(fresh, world.today - back * ONE_DAY)
    form = {
        "what": "closed",
        "place": f"area:{world.cluster.pk}",
        "first_day": str(world.today - 20 * ONE_DAY),
        "last_day": str(world.today),
        "reason": "flood",
    }
    page = read(sign_in(world.district_officer).post(PAGE, form))
    section = page.one("form details")
    assert len(section.select("tbody tr")) == 50
    assert "51" in section.text
    assert section.select("a") == []
    link = read(
        sign_in(world.commune_officer).post(PAGE, form | {"place": f"area:{world.commune_a.pk}"})
    )
    assert len(link.select("form details tbody a")) == 50


closings = st.tuples(
    st.sampled_from(["province", "cluster", "commune_a", "school_a", "site_a"]),
    st.sampled_from(["", "TH", "THCS"]),
    st.sampled_from(["", "am", "pm"]),
    st.integers(0, 3),
    st.integers(1, 4),
)
before = st.lists(
    st.tuples(
        st.sampled_from(["province", "commune_a", "school_a", "site_a"]),
        st.sampled_from(["", "TH"]),
        st.booleans(),
        st.integers(0, 5),
    ),
    max_size=4,
)
registers = st.sets(
    st.tuples(st.integers(0, 3), st.integers(0, 6), st.sampled_from(["am", "pm"])), max_size=8
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(closing=closings, rows=before, sent=registers, choice=st.sampled_from(["closed", "held"]))
def test_each_choice_does_what_it_says_and_can_be_undone(world, closing, rows, sent, choice):
    Closure.objects.all().delete()
    Register.objects.all().delete()
    start = world.today - 7 * ONE_DAY
    other, _made = SchoolClass.objects.get_or_create(
        school=world.school_a,
        year=world.year,
        name="4A",
        defaults={
            "site": world.school_a.sites.get(is_main=True),
            "level": "TH",
            "grades": "4",
            "sessions": "am,pm",
        },
    )
    classes = [world.class_a, world.class_a12, world.class_b, other]
    for place, level, is_held, day in rows:
        target = getattr(world, place)
        kind = {"s": "school", "p": "area", "c": "area"}[place[0]]
        Closure.objects.create(
            **{"site" if place == "site_a" else kind: target},
            level=level,
            is_held=is_held,
            reason="event",
            valid_from=start + day * ONE_DAY,
            valid_to=start + (day + 1) * ONE_DAY,
        )

    def due():
        found = due_sessions(classes, start, start + 7 * ONE_DAY)
        return {(pk, date, str(half)) for pk in found for date, half in found[pk]}

    was = due()
    written = {
        (classes[which].pk, start + day * ONE_DAY, session)
        for which, day, session in sent
        if session in classes[which].sessions.split(",")
    }
    by_pk = {each.pk: each for each in classes}
    for pk, date, session in written:
        take(by_pk[pk], date, session=session)
    place, level, session, first, length = closing
    values = {
        "level": level,
        "session": session,
        "start": start + first * ONE_DAY,
        "days": first + length - 7,
    }
    try:
        closure = close(world, getattr(world, place), **values)
        touched = set()
    except RegistersSent as refusal:
        touched = {key[1:] for each in refusal.registers for key in each.keys}
        closure = close(world, getattr(world, place), **values, choice=choice)
    now = due()
    # Nothing opens that was closed, and only registers that counted are asked about.
    assert now <= was
    assert touched <= was & written
    if choice == "closed" or not touched:
        assert touched == (was - now) & written
    else:
        assert touched <= now
        # What stays open beside them shares site (or whole school), level, day and session.
        kept = {(by_pk[pk].school_id, by_pk[pk].level, date, half) for pk, date, half in touched}
        without = due_without_along(closure, due)
        assert {
            (by_pk[pk].school_id, by_pk[pk].level, date, half) for pk, date, half in now - without
        } == kept
        assert touched == (was - without) & written
    remove_closure(closure=closure, by=world.province_officer)
    assert due() == was


def due_without_along(closure, due):
    mark = transaction.savepoint()
    closure.along.all().delete()
    found = due()
    transaction.savepoint_rollback(mark)
    return found
