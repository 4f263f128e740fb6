"""The examples of docs/api.md run against a real server, by plain HTTP, as they are printed.

They are also the morning of a school entered from outside: what the province's page shows
afterwards is what the last example reads.
"""

import json
import re
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.tokens import make_token
from attendance.models import Register
from core import rules
from core.months import Month
from reports.selectors.dashboards import area_dashboard
from reports.services.facts import rebuild_stale
from schools.models import School
from schools.pupils.selectors.rolls import roll_on
from tests.world import build_world

EXAMPLE = re.compile(r"```http\n(GET|PUT|POST) (\S+)\n(?:(\{.*\})\n)?(\d{3}) (.*)\n```")


def examples(document="api.md"):
    text = (Path(settings.BASE_DIR) / "docs" / document).read_text(encoding="utf-8")
    assert text.count("```http") == len(EXAMPLE.findall(text)) == 15
    return EXAMPLE.findall(text)


def test_both_languages_show_the_same_examples():
    assert examples("api.vi.md") == examples()


def fill(text, values):
    for name, value in values.items():
        quoted = json.dumps(value)
        text = text.replace(f'"{{{name}}}"', quoted).replace(f"{{{name}}}", str(value))
    return text


def call(base, method, path, body, secret):
    request = urllib.request.Request(
        base + path,
        method=method,
        data=body.encode() if body else None,
        headers={"Authorization": f"Bearer {secret}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def holds(said, got):
    """Whether everything that is said is in the answer; of a list, each in some place in order."""
    if isinstance(said, dict):
        return isinstance(got, dict) and all(
            key in got and holds(value, got[key]) for key, value in said.items()
        )
    if isinstance(said, list):
        places = iter(got)
        return isinstance(got, list) and all(
            any(holds(each, place) for place in places) for each in said
        )
    return said == got


@pytest.mark.django_db(transaction=True)
def test_the_examples_are_true(live_server):
    today = timezone.localdate()
    world = build_world(today, year_start=Month.of(today).plus(-4).first)
    month = Month.of(today)
    values = {
        "class": world.class_a.pk,
        "other_class": world.class_a12.pk,
        "school_code": world.school_a.code,
        "year": world.year.code,
        "pupil": roll_on(world.class_a, today)[0].pupil_id,
        "day": str(today),
        "month": str(month),
        **{name: str(uuid.uuid4()) for name in ("op_id", "another_id", "third_id")},
    }
    _token, head = make_token(user=world.head_a, name="Phần mềm trường", days=1)
    _token, officer = make_token(user=world.province_officer, name="Sở", days=1)
    for method, path, body, status, said in examples():
        if "figures" in path:
            rebuild_stale(school_ids=School.objects.values_list("pk", flat=True), month=month)
        of_the_office = any(each in path for each in ("figures", "mobilisation", "ledger"))
        secret = officer if of_the_office else head
        got = call(live_server.url, method, fill(path, values), fill(body, values), secret)
        assert got[0] == int(status), (method, path, got)
        assert holds(json.loads(fill(said, values)), got[1]), (method, path, got[1])
    assert Register.objects.count() == 2

    board = area_dashboard(
        area=world.province, month=month, level="", rules=rules.table(on=month.first)
    )
    (row,) = got[1]["rows"]
    assert row["measures"] == {name: getattr(board.total, name) for name in row["measures"]}
    assert row["indicators"]["attendance"]["value"] == round(float(board.rate.value), 6)


@pytest.mark.django_db(transaction=True)
def test_a_schools_morning_from_outside_is_the_provinces_month(live_server):
    today = timezone.localdate()
    world = build_world(today, year_start=Month.of(today).plus(-4).first)
    month = Month.of(today)
    _token, head = make_token(user=world.head_a, name="Phần mềm trường", days=1)
    _token, officer = make_token(user=world.province_officer, name="Sở", days=1)
    sent = away = 0
    _status, classes = call(live_server.url, "GET", f"/api/v1/classes/?on={today}", "", head)
    for each in classes["results"]:
        path = f"/api/v1/classes/{each['id']}/roll/?on={today}"
        _status, roll = call(live_server.url, "GET", path, "", head)
        marks = [{"pupil": pupil["pupil"], "kind": "K"} for pupil in roll[:1]]
        for session in each["sessions"]:
            body = json.dumps({"op_id": str(uuid.uuid4()), "base_revision": 0, "marks": marks})
            path = f"/api/v1/registers/{each['id']}/{today}/{session}/"
            assert call(live_server.url, "PUT", path, body, head)[0] == 201
            sent, away = sent + 1, away + len(marks)
    rebuild_stale(school_ids=School.objects.values_list("pk", flat=True), month=month)

    path = f"/api/v1/figures/?area=12&month={month}"
    _status, figures = call(live_server.url, "GET", path, "", officer)

    (row,) = figures["rows"]
    assert sent == 3
    assert (row["measures"]["taken"], row["measures"]["unexcused"]) == (sent, away)
    board = area_dashboard(
        area=world.province, month=month, level="", rules=rules.table(on=month.first)
    )
    for code, rate in (("attendance", board.rate), ("coverage", board.coverage)):
        told = row["indicators"][code]
        assert (told["numerator"], told["denominator"]) == (rate.numerator, rate.denominator)
        assert told["value"] == round(float(rate.value), 6)
