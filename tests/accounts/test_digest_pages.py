"""The page of one's own digests, and the choice of how they come."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.digests.selectors import choice_of
from accounts.models import DigestChoice, User
from core.models import Digest, Event
from tests.html_query import read

pytestmark = pytest.mark.django_db
PAGE, CHOICE = reverse("accounts:digests"), reverse("accounts:digest_choice")


@pytest.fixture
def head(world, client):
    client.force_login(world.head_a)
    return world.head_a


def made(reader, key, lines):
    return Digest.objects.create(
        reader=reader,
        frequency="weekly",
        key=key,
        first="2026-10-05",
        last="2026-10-11",
        lines=lines,
        made_at=timezone.now(),
    )


def test_the_newest_stands_open_and_the_former_ones_below(head, client):
    made(head, "2026-W40", [["reports.at_risk", 2]])
    made(head, "2026-W41", [["attendance.registers", 3], ["gone", 4]])
    page = read(client.get(PAGE))
    newest = page.one("[aria-labelledby=newest]")
    assert [each.text for each in newest.select("li")] == [
        "Còn 3 buổi chưa có sổ điểm danh, vẫn gửi được."
    ]
    assert newest.one("li a").get("href") == reverse("reports:missing")
    (former,) = page.select("[aria-labelledby=former] details")
    assert "2 học sinh" in former.text


def test_that_nothing_waited_is_said(head, client):
    made(head, "2026-W41", [])
    assert "Không có việc nào đang chờ. Không gửi thư." in client.get(PAGE).content.decode()


def test_one_sees_the_own_digests_only(world, head, client):
    made(world.head_b, "2026-W41", [["attendance.registers", 3]])
    assert "Còn 3 buổi" not in client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("frequency", "who", "words"),
    [
        ("weekly", "head_a", "Chưa có bản tin nào"),
        ("never", "head_a", "Đã chọn không nhận bản tin"),
        ("weekly", "nobody", "Vai trò của tài khoản không có nội dung nào"),
    ],
)
def test_a_page_without_any_says_why(world, client, frequency, who, words):
    user = getattr(world, who)
    DigestChoice.objects.create(user=user, frequency=frequency)
    client.force_login(user)
    assert words in client.get(PAGE).content.decode()


@pytest.mark.parametrize("count", [1, 26])
def test_the_page_asks_the_same_for_many(head, client, count):
    client.get(PAGE)
    for number in range(count):
        made(head, f"2026-W{number + 10}", [["attendance.registers", 3]])
    with CaptureQueriesContext(connection) as asked:
        assert client.get(PAGE).status_code == 200
    assert len(asked) == 7


def test_the_parts_of_the_own_role_are_offered_all_switched_on(head, client):
    page = read(client.get(CHOICE))
    boxes = page.select("input[name=parts]")
    codes = {each.get("value") for each in boxes}
    assert {"attendance.registers", "inspections.unanswered"} <= codes
    assert not codes & {"reports.flags", "reports.publish", "inspections.visits"}
    assert all("checked" in each.attributes for each in boxes)


def test_what_is_chosen_is_kept_with_its_event(head, client):
    sent = {"frequency": "monthly", "parts": ["attendance.registers", "reports.confirm"]}
    assert client.post(CHOICE, sent).status_code == 302
    choice = choice_of(head)
    assert (choice.frequency, choice.by_email) == ("monthly", False)
    assert "mobilisation.cases" in choice.refused
    assert "attendance.registers" not in choice.refused
    event = Event.objects.get(kind="account.digest_chosen")
    assert event.changes["frequency"] == ["weekly", "monthly"]
    client.post(CHOICE, sent)
    assert Event.objects.filter(kind="account.digest_chosen").count() == 1


def test_a_part_that_is_not_offered_stays_as_it_was_chosen(head, client):
    DigestChoice.objects.create(user=head, refused=["reports.flags"])
    client.post(CHOICE, {"frequency": "weekly", "by_email": "on", "parts": []})
    assert "reports.flags" in choice_of(head).refused


@pytest.mark.parametrize(
    "sent", [{"frequency": "hourly"}, {"frequency": "weekly", "parts": ["reports.flags"]}, {}]
)
def test_what_is_not_offered_is_refused(head, client, sent):
    assert client.post(CHOICE, sent).status_code == 422
    assert not DigestChoice.objects.exists()


def test_whether_there_is_an_address_is_said(head, client):
    assert "chưa có địa chỉ thư điện tử" in client.get(CHOICE).content.decode()
    User.objects.filter(pk=head.pk).update(email="h@example.vn")
    assert "h@example.vn" in client.get(CHOICE).content.decode()
