"""What is there already is not carried again, and never shown to anybody else."""

import datetime
import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import RoleGrant
from attendance.models import Register, RegisterRevision
from schools.models import NamesShown
from tests.attendance.test_registers import pupil_ids, send
from tests.frozen import freeze_time
from tests.html_query import read

pytestmark = pytest.mark.django_db
ETAG = re.compile(r'"[\w-]{24}"')


@pytest.fixture
def url(world):
    return f"/attendance/{world.class_a.pk}/{world.today}/am/"


def again(client, url, answer):
    return client.get(url, headers={"If-None-Match": answer.headers["ETag"]})


def test_an_unchanged_sheet_is_not_carried_again(world, sign_in, url):
    client = sign_in(world.teacher_a)
    first = client.get(url)
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert ETAG.fullmatch(first.headers["ETag"])
    second = again(client, url, first)
    assert (second.status_code, second.content) == (304, b"")
    head = sum(len(name) + len(value) + 4 for name, value in second.headers.items())
    assert head + len(second.cookies.output()) <= 500
    # A packing proxy makes the name weak; it is the same content.
    assert (
        client.get(url, headers={"If-None-Match": "W/" + first.headers["ETag"]}).status_code == 304
    )


def test_whatever_the_sheet_shows_changes_its_name(world, sign_in, url):
    client = sign_in(world.teacher_a)
    before = client.get(url)
    send(world, {pupil_ids(world.class_a)[0]: ("K", "")})
    after = again(client, url, before)
    assert after.status_code == 200
    assert after.headers["ETag"] != before.headers["ETag"]
    world.teacher_a.full_name = "Lò Văn Khác"
    world.teacher_a.save()
    assert again(client, url, after).status_code == 200


def test_nobody_is_shown_what_another_was_sent(world, sign_in, url):
    first = sign_in(world.teacher_a).get(url)
    for other in (world.head_a, world.teacher_a):
        # The same person signed in anew is another session, whose tokens differ.
        answer = again(sign_in(other), url, first)
        assert answer.status_code == 200
        assert answer.headers["ETag"] != first.headers["ETag"]
    assert again(Client(), url, first).status_code == 302
    assert again(sign_in(world.teacher_b), url, first).status_code in (403, 404)
    world.teacher_a.is_active = False
    world.teacher_a.save()
    assert again(sign_in(world.teacher_a), url, first).status_code != 304


def test_a_right_that_ended_is_no_304(world, sign_in, url):
    client = sign_in(world.teacher_a)
    first = client.get(url)
    RoleGrant.objects.filter(user=world.teacher_a).update(valid_to=world.today)
    assert again(client, url, first).status_code == 403


def test_who_only_reads_keeps_nothing(world, sign_in, url):
    for person in (world.commune_officer, world.province_officer):
        answer = sign_in(person).get(url)
        if answer.status_code == 200:
            assert "no-store" in answer.headers["Cache-Control"]
            assert "ETag" not in answer.headers


def test_a_class_looked_at_as_its_teacher_is_kept_nowhere(world, sign_in, url):
    client = sign_in(world.head_a)
    assert "no-store" not in client.get(url).headers["Cache-Control"]
    client.post(f"/accounts/view/{world.class_a.pk}/")
    looked_at = client.get(url)
    assert looked_at.status_code == 200
    assert "no-store" in looked_at.headers["Cache-Control"]
    assert "ETag" not in looked_at.headers


def test_names_shown_again_by_a_304_leave_their_trail(world, sign_in, url):
    client = sign_in(world.teacher_a)
    first = client.get(url)
    rows = NamesShown.objects.count()
    with freeze_time(timezone.now() + datetime.timedelta(minutes=11)):
        assert again(client, url, first).status_code == 304
    assert NamesShown.objects.count() == rows + 1


def test_a_form_that_was_kept_still_sends_without_a_script(world, url):
    """Its token is of the secret of its session; its operation was never taken."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.teacher_a, backend="django.contrib.auth.backends.ModelBackend")
    kept = client.get(url)
    kept = client.get(url)
    form = read(kept).one("#register")
    fields = {each.get("name"): each.get("value") for each in form.select("input[type=hidden]")}
    assert again(client, url, kept).status_code == 304
    first, second, *_rest = pupil_ids(world.class_a)
    answer = client.post(url, fields | {f"mark-{first}": "K"})
    assert answer.status_code == 302
    assert Register.objects.get().unexcused == 1
    # What was sent is no longer what was kept: the next page brings an operation of its own.
    after = again(client, url, kept)
    assert after.status_code == 200
    now = read(after).one("#register [name=operation_id]").get("value")
    assert now != fields["operation_id"]
    # An old page sent with other marks is told so, and keeps them.
    assert client.post(url, fields | {f"mark-{second}": "K"}).status_code == 422
    assert RegisterRevision.objects.count() == 1


def test_signing_out_empties_what_the_browser_kept(world, sign_in):
    answer = sign_in(world.teacher_a).post("/accounts/sign-out/")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
