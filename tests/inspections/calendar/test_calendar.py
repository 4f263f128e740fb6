"""The calendar of a member: who reads it, what stands in it, and that programs understand it."""

import datetime

import pytest
from django.urls import reverse
from icalendar import Calendar

from core.models import Event, Rule
from inspections.calendar.selectors import entries_of
from inspections.calendar.services import make_address, revoke_address
from inspections.calendar.writing import written
from inspections.models import CalendarFeed, Recommendation, Visit
from tests.frozen import freeze_time
from tests.html_query import read

from ..visits import planned_visit

D = datetime.date


@pytest.fixture
def visit(world):
    with freeze_time("2026-10-12 08:00+07:00"):
        yield planned_visit(world)


def asked_of(visit, world, **more):
    Visit.objects.filter(pk=visit.pk).update(
        state="done",
        visited_on=world.today,
        result="Đủ",
        recorded_by=world.member_user,
        recorded_at=datetime.datetime(2026, 10, 12, 9, tzinfo=datetime.UTC),
    )
    values = {
        "text": "Đưa em Giàng A Tủa trở lại lớp",
        "owner": "Ông Lò Văn Minh",
        "due_on": D(2026, 10, 30),
    }
    return Recommendation.objects.create(visit=visit, **{**values, **more})


def fetch(client, token, **headers):
    return client.get(reverse("inspections:calendar_feed", args=[token]), headers=headers)


def events_in(answer):
    return Calendar.from_ical(answer.content).walk("VEVENT")


def test_a_visit_stands_on_its_day_without_a_sign_in(world, visit, client):
    answer = fetch(client, make_address(user=world.member_user))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    (event,) = events_in(answer)
    assert event.decoded("dtstart") == world.today
    assert event.decoded("dtend") == world.today + datetime.timedelta(days=1)
    assert str(event["summary"]) == f"Kiểm tra: {world.commune_a.title}"
    assert str(event["url"]).endswith(reverse("inspections:visit", args=[visit.pk]))
    assert str(event["url"]).startswith("http://testserver/")
    assert "_auth_user_id" not in client.session


def test_links_lead_where_the_setting_says(world, visit, client, settings):
    settings.SITE_URL = "https://chuyencan.laichau.example/"
    (event,) = events_in(fetch(client, make_address(user=world.member_user)))
    path = reverse("inspections:visit", args=[visit.pk])
    assert str(event["url"]) == f"https://chuyencan.laichau.example{path}"
    assert str(event["uid"]) == f"visit-{visit.pk}@chuyencan.laichau.example"


def test_a_recommendation_stands_on_its_last_day_and_names_nobody(world, visit, client):
    asked = asked_of(visit, world)
    answer = fetch(client, make_address(user=world.member_user))
    (event,) = events_in(answer)
    assert event.decoded("dtstart") == asked.due_on
    text = answer.content.decode().replace("\r\n ", "")
    assert "Giàng A Tủa" not in text
    assert "Lò Văn Minh" not in text
    assert "Tỷ lệ thấp" not in text
    Recommendation.objects.filter(pk=asked.pk).update(state="done")
    assert not events_in(fetch(client, make_address(user=world.member_user)))


def test_nothing_of_anybody_else_and_nothing_after_the_term(world, visit, client):
    assert not events_in(fetch(client, make_address(user=world.province_officer)))
    token = make_address(user=world.member_user)
    assert len(events_in(fetch(client, token))) == 1
    world.member.valid_to = world.today
    world.member.save()
    assert not events_in(fetch(client, token))


def test_a_wrong_an_old_and_a_revoked_address_are_not_there(world, visit, client):
    old = make_address(user=world.member_user)
    token = make_address(user=world.member_user)
    for wrong in (old, "x", "x" * 300, "đ" * 43, token[:-1]):
        assert fetch(client, wrong).status_code == 404
    assert fetch(client, token).status_code == 200
    assert revoke_address(user=world.member_user)
    assert fetch(client, token).status_code == 404
    assert not revoke_address(user=world.member_user)


def test_a_closed_account_reads_nothing(world, visit, client):
    token = make_address(user=world.member_user)
    world.member_user.is_active = False
    world.member_user.save()
    assert fetch(client, token).status_code == 404


def test_the_secret_is_nowhere_kept(world, visit):
    token = make_address(user=world.member_user)
    row = CalendarFeed.objects.values().get()
    assert token not in str(row)
    assert not Event.objects.filter(changes__icontains=token).exists()
    kinds = list(Event.objects.filter(kind__startswith="calendar").values_list("kind", flat=True))
    assert kinds == ["calendar.made"]


def test_what_has_not_changed_is_not_sent_again(world, visit, client):
    token = make_address(user=world.member_user)
    first = fetch(client, token)
    again = fetch(client, token, if_none_match=first.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    Visit.objects.filter(pk=visit.pk).update(planned_on=D(2026, 10, 20))
    changed = fetch(client, token, if_none_match=first.headers["ETag"])
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


def test_it_is_read_so_often_and_no_more(world, visit, client):
    Rule.objects.filter(key="calendar.readings").update(value=2)
    token = make_address(user=world.member_user)
    with freeze_time("2026-10-12 08:00+07:00"):
        assert [fetch(client, token).status_code for _n in range(3)] == [200, 200, 429]
        assert int(fetch(client, token).headers["Retry-After"]) == 900
    with freeze_time("2026-10-12 08:15+07:00"):
        assert fetch(client, token).status_code == 200


def test_only_reading_is_answered(world, visit, client):
    token = make_address(user=world.member_user)
    address = reverse("inspections:calendar_feed", args=[token])
    assert client.post(address).status_code == 405
    head = client.head(address)
    assert (head.status_code, head.content) == (200, b"")


def test_the_list_has_an_end(world, visit, monkeypatch):
    monkeypatch.setattr("inspections.calendar.selectors.MOST", 2)
    for number in range(4):
        asked_of(visit, world, due_on=D(2026, 11, 1 + number))
    found = entries_of(world.member_user, world.today)
    assert [entry.day for entry in found] == [D(2026, 11, 1), D(2026, 11, 2)]


def test_the_file_keeps_to_rfc_5545(world, visit):
    """Lines of at most 75 octets, none cut inside a letter, each ended by CR and LF."""
    entries = entries_of(world.member_user, world.today)
    content = written(entries, name="Đoàn kiểm tra " + "dài, rất dài; " * 9, site="https://x.vn")
    lines = content.split(b"\r\n")
    assert lines[-1] == b""
    assert all(len(line) <= 75 and b"\n" not in line for line in lines)
    for line in lines:
        line.decode()
    calendar = Calendar.from_ical(content)
    assert calendar["x-wr-calname"].startswith("Đoàn kiểm tra dài, rất dài; ")
    assert (calendar["version"], calendar["method"]) == ("2.0", "PUBLISH")
    assert not calendar.errors
    required = {"UID", "DTSTAMP", "DTSTART", "SUMMARY"}
    assert all(required <= set(event) and not event.errors for event in calendar.walk("VEVENT"))


def test_the_member_makes_another_and_takes_it_back_on_the_own_page(world, visit, client):
    client.force_login(world.member_user)
    mine = reverse("inspections:mine")
    assert "Tạo địa chỉ lịch" in read(client.get(mine)).one("main").text
    answer = client.post(reverse("inspections:calendar_make"))
    address = read(answer).one("code").text
    token = address.rpartition("/")[2].removesuffix(".ics")
    assert fetch(client, token).status_code == 200
    assert "Tạo địa chỉ khác" in read(client.get(mine)).one("main").text
    client.post(reverse("inspections:calendar_revoke"))
    assert fetch(client, token).status_code == 404
    client.post(reverse("inspections:calendar_revoke"))
    kinds = list(Event.objects.filter(kind__startswith="calendar").values_list("kind", flat=True))
    assert sorted(kinds) == ["calendar.made", "calendar.revoked"]
