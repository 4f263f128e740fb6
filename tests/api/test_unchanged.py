"""What a program has already is not sent a second time."""

import pytest

from schools.models import Pupil
from tests.attendance.test_registers import pupil_ids, send

pytestmark = pytest.mark.django_db


def again(client, path, answer):
    return client.get(path, HTTP_IF_NONE_MATCH=answer.headers["ETag"])


@pytest.mark.parametrize("path", ["registers/{0}/{1}/am/", "classes/{0}/roll/", "pocket/"])
def test_an_unchanged_answer_has_no_body(world, caller, path):
    send(world)
    client, url = caller("teacher_a"), path.format(world.class_a.pk, world.today)
    first = client.get(url)
    assert first.status_code == 200
    assert "no-store" in first.headers["Cache-Control"]
    second = again(client, url, first)
    assert (second.status_code, second.content) == (304, b"")
    send(world, {pupil_ids(world.class_a)[0]: ("K", "")}, base=1)
    Pupil.objects.filter(pk=pupil_ids(world.class_a)[0]).update(full_name="Giàng A Khác")
    assert again(client, url, first).status_code == 200


def test_two_people_do_not_share_a_name_of_content(world, caller):
    url = f"classes/{world.class_a.pk}/roll/"
    first, other = caller("teacher_a").get(url), caller("head_a").get(url)
    assert first.content == other.content
    assert first.headers["ETag"] != other.headers["ETag"]
    assert again(caller("head_a"), url, first).status_code == 200


def test_what_is_refused_has_no_name(world, caller):
    answer = caller("teacher_b").get(f"classes/{world.class_a.pk}/roll/")
    assert answer.status_code == 404
    assert "ETag" not in answer.headers
