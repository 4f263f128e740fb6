"""Emergency access: for a reason, for hours, written down, and told to those concerned."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from accounts.emergency import end_access, open_access
from accounts.models import EmergencyAccess
from core.models import Event
from core.notifications.sending import send_waiting
from tests.frozen import freeze_time
from tests.world import PASSWORD, make_user

pytestmark = pytest.mark.django_db
PAGE = reverse("accounts:emergency")
REASON = "Hiệu trưởng nằm viện, danh sách lớp sai"


def sent(world, **changes):
    return {
        "school": world.school_a.pk,
        "reason": REASON,
        "hours": "2",
        "password": PASSWORD,
    } | changes


def class_page(world):
    return reverse("schools:school_class", args=[world.class_a.pk])


def test_an_administrator_sees_no_pupil_until_it_is_opened_and_after_it_ended(world, sign_in):
    client = sign_in(world.system_admin)
    assert client.get(class_page(world)).status_code == 403
    now = timezone.now()
    assert client.post(PAGE, sent(world)).status_code == 302
    page = client.get(class_page(world)).content.decode()
    assert "Giàng A Chua" in page
    assert "Quyền khẩn cấp" in page
    other = reverse("schools:school_class", args=[world.class_b.pk])
    assert client.get(other).status_code == 404
    sheet = reverse("attendance:sheet", args=[world.class_a.pk, world.today, "am"])
    assert client.get(sheet).status_code == 200
    assert client.post(sheet, {}).status_code in (403, 404)
    assert client.get(reverse("api:offline")).status_code == 403
    with freeze_time(now + datetime.timedelta(hours=2, minutes=1)):
        assert client.get(class_page(world)).status_code == 403


def test_it_is_closed_before_its_time(world, sign_in):
    client = sign_in(world.system_admin)
    client.post(PAGE, sent(world))
    access = EmergencyAccess.objects.get()
    answer = client.get("/")
    assert answer.url == reverse("schools:school", args=[world.school_a.pk])
    address = reverse("accounts:emergency_end", args=[access.pk])
    assert client.post(address).status_code == 302
    assert client.get(class_page(world)).status_code == 403
    assert client.post(address).status_code == 404
    assert [event.kind for event in Event.objects.order_by("pk")] == [
        "emergency.opened",
        "emergency.ended",
        "page.refused",
    ]


def test_it_is_written_down_and_told(world, sign_in):
    other = make_user("sysadmin2", "Quản trị hai", "system_admin", since=world.since)
    sign_in(world.system_admin).post(PAGE, sent(world))
    event = Event.objects.get(kind="emergency.opened")
    assert (event.actor, event.school_id, event.reason) == (
        world.system_admin,
        world.school_a.pk,
        REASON,
    )
    head = sign_in(world.head_a)
    for _time in range(2):
        assert REASON in head.get("/").content.decode()
    assert REASON in sign_in(other).get("/", follow=True).content.decode()
    assert REASON in sign_in(world.system_admin).get(reverse("operations")).content.decode()
    assert REASON not in sign_in(world.head_b).get("/").content.decode()
    assert end_access(access_id=EmergencyAccess.objects.get().pk, by=other)
    assert REASON not in head.get("/").content.decode()


def test_what_ended_unseen_is_told_once(world, sign_in):
    access = open_access(school=world.school_a, reason=REASON, hours=1, by=world.system_admin)
    end_access(access_id=access.pk, by=world.system_admin)
    head = sign_in(world.head_a)
    assert REASON in head.get("/").content.decode()
    assert REASON not in head.get("/").content.decode()


@pytest.mark.parametrize(
    "change", [{"reason": "  "}, {"hours": "5"}, {"hours": "0"}, {"password": "sai-roi"}]
)
def test_it_needs_a_reason_few_hours_and_the_password(world, sign_in, change):
    assert sign_in(world.system_admin).post(PAGE, sent(world, **change)).status_code == 422
    assert not EmergencyAccess.objects.exists()


def test_the_service_holds_the_same(world):
    for wrong in ({"reason": " "}, {"hours": 5}, {"hours": 0}):
        with pytest.raises(ValidationError):
            open_access(
                **{"school": world.school_a, "reason": REASON, "hours": 1, "by": world.system_admin}
                | wrong
            )
    open_access(school=world.school_a, reason=REASON, hours=1, by=world.system_admin)
    with pytest.raises(ValidationError, match="rồi"):
        open_access(school=world.school_a, reason=REASON, hours=1, by=world.system_admin)


def test_it_gives_nothing_to_one_who_is_no_administrator_any_more(world, sign_in):
    open_access(school=world.school_a, reason=REASON, hours=1, by=world.system_admin)
    client = sign_in(world.system_admin)
    assert client.get(class_page(world)).status_code == 200
    grant = world.system_admin.grants.get()
    grant.valid_to = world.today
    grant.save()
    assert client.get(class_page(world)).status_code == 403


@pytest.mark.parametrize("is_configured", [True, False])
def test_emails_go_to_those_concerned(
    world, settings, mailoutbox, django_capture_on_commit_callbacks, is_configured
):
    settings.EMAIL_CONFIGURED = is_configured
    world.head_a.email = "son@truong.example"
    # Who wants no reminders hears of this all the same.
    world.head_a.wants_reminders = False
    world.head_a.save()
    with django_capture_on_commit_callbacks(execute=True):
        open_access(school=world.school_a, reason=REASON, hours=1, by=world.system_admin)
    assert [email.to for email in mailoutbox] == [["son@truong.example"]] * is_configured
    assert all(REASON in email.body for email in mailoutbox)
    send_waiting()
    assert len(mailoutbox) == is_configured
