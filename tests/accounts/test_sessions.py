"""How long somebody stays signed in, where, and how that is ended."""

import datetime
from http.cookies import SimpleCookie

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import sessions
from accounts.models import SignedIn
from accounts.tasks import remove_old_sign_ins
from core.models import Event
from tests.accounts.test_second_factor import demand, set_up_phone
from tests.frozen import freeze_time
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db
HOME, PAGE = reverse("accounts:reminders"), reverse("accounts:browsers")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def signed_in(user, **headers):
    client = Client(headers=headers)
    data = {"username": user.username, "password": PASSWORD}
    answer = client.post(reverse("accounts:sign_in"), data)
    assert answer.status_code == 302
    return client


def minutes(count):
    return datetime.timedelta(minutes=count)


def stays(client, after):
    """Whether somebody is still signed in some time after now."""
    with freeze_time(timezone.now() + after):
        return client.get(HOME).status_code == 200


@pytest.fixture
def officer(world):
    """A province officer under the demand, through it."""
    demand(world.today)
    client = signed_in(world.province_officer)
    set_up_phone(client)
    return client


def test_idle_officers_are_signed_out_after_an_hour(officer):
    assert stays(officer, minutes(59))
    start = timezone.now()
    with freeze_time(start + minutes(59 + 61)):
        answer = officer.get(HOME, follow=True)
        assert answer.redirect_chain
        assert "một thời gian không thao tác" in answer.content.decode()
        assert not SignedIn.objects.exists()


def test_busy_officers_are_signed_out_after_twelve_hours(officer):
    for number in range(1, 16):
        assert stays(officer, minutes(45 * number))
    assert stays(officer, minutes(12 * 60 - 1))
    assert not stays(officer, minutes(12 * 60 + 1))


def test_rules_of_the_day_say_how_long(world):
    from accounts import second_factor
    from core.models import Rule

    Rule.objects.filter(key=second_factor.IDLE).update(value=15)
    demand(world.today)
    client = signed_in(world.province_officer)
    set_up_phone(client)
    assert stays(client, minutes(14))
    assert not stays(client, minutes(14 + 16))


def test_teachers_keep_the_long_session(world):
    client = signed_in(world.teacher_a)
    assert stays(client, minutes(60 * 24 * 13))
    assert not stays(client, minutes(60 * 24 * 181))


def test_what_an_idle_officer_typed_is_kept(officer, world):
    url = reverse("reports:targets")
    page = officer.get(url).content.decode()
    from tests.html_form import forms_of

    form = next(e for e in forms_of(page, url) if e.is_post and e.seen and e.action == url)
    with freeze_time(timezone.now() + minutes(61)):
        answer = officer.post(form.action, form.data())
        assert answer.status_code == 403
        assert 'name="draft"' in answer.content.decode()


def test_signing_in_is_kept_without_a_query_of_each_page(world):
    client = signed_in(world.teacher_a)
    client.get(PAGE)
    with CaptureQueriesContext(
        connection,
    ) as found:
        client.get(PAGE)
    assert not [each for each in found if each["sql"].startswith(("UPDATE", "INSERT"))]


def test_last_seen_moves_on(world):
    client = signed_in(world.teacher_a)
    began = SignedIn.objects.get().seen_at
    assert stays(client, minutes(9))
    assert SignedIn.objects.get().seen_at == began
    assert stays(client, minutes(11))
    assert SignedIn.objects.get().seen_at == began + minutes(11)


def test_page_names_each_browser_and_ends_one(world):
    own = signed_in(world.teacher_a)
    other = signed_in(world.teacher_a, user_agent=FIREFOX)
    stranger = signed_in(world.teacher_b)
    text = own.get(PAGE).content.decode()
    assert "Firefox, Linux" in text
    assert "thiết bị này" in text
    theirs = SignedIn.objects.get(user=world.teacher_b)
    away = SignedIn.objects.get(device="Firefox, Linux")
    end = "accounts:browser_end"
    assert own.post(reverse(end, args=[theirs.pk])).status_code == 404
    assert own.post(reverse(end, args=[away.pk])).url == PAGE
    assert other.get(HOME).status_code == 302
    assert stranger.get(HOME).status_code == own.get(HOME).status_code == 200
    assert Event.objects.filter(kind="account.sessions_ended").count() == 1


def test_own_browser_is_left_by_signing_out_only(world):
    own = signed_in(world.teacher_a)
    row = SignedIn.objects.get()
    assert own.post(reverse("accounts:browser_end", args=[row.pk])).status_code == 404
    own.post(reverse("accounts:sign_out"))
    assert sessions.of(world.teacher_a) == []


def test_everywhere_else_at_once(world):
    own = signed_in(world.teacher_a)
    others = [signed_in(world.teacher_a) for _number in range(3)]
    assert own.post(PAGE).url == PAGE
    assert [each.get(HOME).status_code for each in others] == [302] * 3
    assert own.get(HOME).status_code == 200


def test_new_password_ends_the_others_and_goes_on_here(world):
    own, other = signed_in(world.teacher_a), signed_in(world.teacher_a)
    key, new = own.session.session_key, "ruong-bac-thang-xanh"
    answer = own.post(
        reverse("accounts:password"),
        {"old_password": PASSWORD, "new_password1": new, "new_password2": new},
    )
    assert answer.url == reverse("home")
    assert other.get(HOME).status_code == 302
    assert own.get(HOME).status_code == 200
    assert own.session.session_key != key
    assert len(sessions.of(world.teacher_a)) == 1
    assert "account.password_changed" in set(Event.objects.values_list("kind", flat=True))


def test_a_call_with_the_session_of_before_takes_the_new_one_from_nobody(world):
    """A page's own call, answered after the password was changed: the browser stays signed in."""
    here = signed_in(world.head_a)
    late = Client()
    late.cookies = SimpleCookie(here.cookies.output(header="", sep=";"))
    new = "moi-toanh-tren-nuong"
    here.post(
        reverse("accounts:password"),
        {"old_password": PASSWORD, "new_password1": new, "new_password2": new},
    )
    name = settings.SESSION_COOKIE_NAME
    assert here.cookies[name].value != late.cookies[name].value
    for address in ("/api/v1/session/", reverse("home"), reverse("help")):
        answer = late.get(address)
        assert answer.status_code in {302, 401}, address
        assert name not in answer.cookies, address
    assert here.get(reverse("help")).status_code == 200
    # Who signs out is rid of it.
    assert here.post(reverse("accounts:sign_out")).cookies[name]["max-age"] == 0


def test_password_set_by_an_administrator_ends_all(world):
    client = signed_in(world.teacher_a)
    world.teacher_a.set_password("ruong-bac-thang-xanh")
    world.teacher_a.save()
    assert client.get(HOME).status_code == 302
    assert not SignedIn.objects.exists()
    assert not Session.objects.filter(session_key=client.session.session_key).exists()


def test_a_session_from_before_is_taken_up(world):
    client = signed_in(world.teacher_a)
    SignedIn.objects.all().delete()
    session = client.session
    del session[sessions.KEY]
    session.save()
    assert client.get(HOME).status_code == 200
    assert len(sessions.of(world.teacher_a)) == 1


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("", ""),
        ("curl/8", ""),
        (FIREFOX, "Firefox, Linux"),
        ("Mozilla/5.0 (Linux; Android 11) Chrome/126.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/126 Safari/537 Edg/126", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17) Version/17 Safari/604", "Safari, iPhone/iPad"),
        ("Mozilla/5.0 (Windows NT 10.0) coc_coc_browser/115 Chrome/109", "Cốc Cốc, Windows"),
        ("Chrome/" + "x" * 100_000, "Chrome"),
    ],
)
def test_browsers_by_the_names_people_know(agent, words):
    assert sessions.device_words(agent) == words


def test_rows_of_the_past_are_removed(world):
    signed_in(world.teacher_a)
    assert remove_old_sign_ins.apply().get() == {"attempts": 0, "browsers": 0, "sessions": 0}
    with freeze_time(timezone.now() + minutes(60 * 24 * 181)):
        assert remove_old_sign_ins.apply().get()["browsers"] == 1


def test_signing_in_once_more_in_one_browser_is_one_browser(world, client):
    for _time in range(2):
        client.force_login(world.teacher_a, "django.contrib.auth.backends.ModelBackend")
    assert SignedIn.objects.filter(user=world.teacher_a).count() == 1
