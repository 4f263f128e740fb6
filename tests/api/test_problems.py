"""Whoever stops a call of the API, a program reads problem details (RFC 9457)."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client
from django.utils.translation import override

from core import bounded_requests, problems, schema
from core.api import MOST_BYTES, Throttle
from core.contention import Busy
from core.schema import Difference
from tests.attendance.test_registers import pupil_ids
from tests.test_words import is_english

pytestmark = pytest.mark.django_db


def check(answer, status, code):
    """The shape every refusal has, and its body."""
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code)
    assert answer.headers["Content-Type"] == problems.MEDIA_TYPE
    assert body["status"] == status
    assert body["type"] == f"{problems.LIST}#{code}"
    assert body["instance"].startswith("/api/")
    assert {"title", "detail", "message"} <= set(body)
    assert not is_english(body["title"]), body["title"]
    assert not is_english(body["detail"]), body["detail"]
    (kind,) = [each for each in problems.kinds() if each.code == code]
    assert status in kind.statuses
    return body


AUTHORIZED = "/api/v1/me/"


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status", "code"),
    [
        ("GET", AUTHORIZED, {"Authorization": ""}, "", 401, "not_authenticated"),
        ("GET", AUTHORIZED, {"Authorization": "Bearer x"}, "", 401, "invalid_token"),
        ("GET", "/api/v1/nothing/", {}, "", 404, "not_found"),
        ("GET", f"/api/v1/classes/{2**63}/roll/", {}, "", 404, "not_found"),
        ("DELETE", AUTHORIZED, {}, "", 405, "method_not_allowed"),
        ("OPTIONS", AUTHORIZED, {}, "", 405, "method_not_allowed"),
        ("GET", AUTHORIZED, {"Accept": "text/csv"}, "", 406, "not_acceptable"),
        ("POST", "/api/v1/schema/", {}, "", 405, "method_not_allowed"),
        ("DELETE", "/api/v1/schema/", {}, "", 405, "method_not_allowed"),
        ("GET", "/api/v1/schema/", {"Accept": "text/csv"}, "", 406, "not_acceptable"),
        ("GET", AUTHORIZED + "?x=" + "a" * 9000, {}, "", 414, "too_long"),
        ("GET", AUTHORIZED + "?" + "a=1&" * 201, {}, "", 400, "too_many_values"),
        ("GET", AUTHORIZED, {"Host": "another.example"}, "", 400, "bad_request"),
        ("POST", "/api/v1/registers/", {}, "[", 400, "parse_error"),
        ("POST", "/api/v1/registers/", {"Authorization": None}, "x" * 9000, 413, "too_large"),
        ("POST", "/api/v1/registers/", {}, "x" * (MOST_BYTES + 1), 413, "too_large"),
        (
            *("POST", "/api/v1/registers/", {"Content-Type": "text/csv"}, "a"),
            *(415, "unsupported_media_type"),
        ),
        (
            *("POST", "/api/v1/registers/", {"Content-Type": "application/json; charset=cp1258"}),
            *("{}", 415, "unsupported_charset"),
        ),
        ("GET", "/api/v1/actions/", {}, "", 403, "permission_denied"),
    ],
)
def test_each_way_to_be_refused(world, caller, method, path, headers, body, status, code):
    headers = {"Authorization": f"Bearer {caller('teacher_a').secret}"} | headers
    headers = {name: value for name, value in headers.items() if value is not None}
    kind = headers.pop("Content-Type", "application/json")
    client = Client(raise_request_exception=False)
    check(client.generic(method, path, body, content_type=kind, headers=headers), status, code)


def test_too_many_calls(world, caller, monkeypatch):
    monkeypatch.setattr(Throttle, "get_rate", lambda self: "1/min")
    teacher = caller("teacher_a")
    teacher.get("me/")
    answer = teacher.get("me/")
    check(answer, 429, "throttled")
    assert int(answer["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Busy(), 503, "busy"),
        (OperationalError("database is locked"), 503, "busy"),
        (ZeroDivisionError(), 500, "error"),
    ],
)
def test_what_goes_wrong_inside(world, caller, monkeypatch, error, status, code):
    def fail(*args):
        raise error

    monkeypatch.setattr("accounts.api.Me.get", fail)
    teacher = caller("teacher_a")
    teacher._client.raise_request_exception = False
    answer = teacher.get("me/")
    check(answer, status, code)
    assert ("Retry-After" in answer) == (status == 503)


def test_a_new_version_being_installed(monkeypatch):
    monkeypatch.setattr(schema.watch, "difference", lambda: Difference(missing=("a.0001",)))
    check(Client().get("/api/v1/me/"), 503, "maintenance")


def test_scripts_of_an_older_version_read_what_they_know(world, sign_in):
    """A phone keeps the scripts of its offline page for a while after a new version."""
    client = sign_in(world.teacher_a)
    of_a_page = {"Sec-Fetch-Site": "same-origin"}
    old = client.get("/api/v1/missing/?date=x", headers=of_a_page)
    assert old.headers["Content-Type"] == "application/json"
    assert old.json()["code"] == "invalid"
    assert Client().get("/api/v1/me/", headers={"X-CSRFToken": "x"}).headers["Content-Type"] == (
        "application/json"
    )
    script = Path(settings.BASE_DIR / "static" / "js" / "offline" / "outbox.js").read_text("utf-8")
    (accept,) = re.findall(r'const ACCEPT = "(.*)";', script)
    new = client.get("/api/v1/missing/?date=x", headers=of_a_page | {"Accept": accept})
    assert new.headers["Content-Type"] == problems.MEDIA_TYPE
    assert client.get("/api/v1/session/", headers={"Accept": accept}).status_code == 200


def test_a_wrong_value_of_a_query_is_named(world, caller):
    body = check(
        caller("province_officer").get("figures/?month=x&area=12&school=x"), 400, "invalid"
    )
    assert {each["parameter"] for each in body["violations"]} == {"month", "school"}
    assert set(body["errors"]) == {"month", "school"}


def test_a_wrong_value_of_a_body_has_its_pointer(world, caller):
    sent = {"op_id": "x", "base_revision": 0, "marks": [{"pupil": 1, "kind": "K"}, {"pupil": 2}]}
    path = f"registers/{world.class_a.pk}/{world.today}/am/"
    body = check(caller("teacher_a").put(path, sent), 400, "invalid")
    assert [(each["pointer"], each["code"]) for each in body["violations"]] == [
        ("#/op_id", "invalid"),
        ("#/marks/1/kind", "required"),
    ]


def test_pointers_are_of_rfc_6901():
    errors = {"a/b": ["x"], "m~n": {3: ["y"]}, "non_field_errors": ["z"]}
    assert [each["pointer"] for each in problems.violations(errors, in_body=True)] == [
        *("#/a~1b", "#/m~0n/3", "#"),
    ]


def test_a_conflict_is_told_in_data(world, caller):
    first, second = pupil_ids(world.class_a)[:2]
    path = f"registers/{world.class_a.pk}/{world.today}/am/"
    marks = [{"pupil": first, "kind": "K"}, {"pupil": second, "kind": "M"}]
    op_id = "0b8f3f6e-44a5-4b8f-9d2c-5d7b1d4b9d11"
    held = caller("teacher_a").put(
        path, {"op_id": op_id.replace("0", "1"), "base_revision": 0, "marks": marks}
    )
    sent = {"op_id": op_id, "base_revision": 0, "marks": [{"pupil": first, "kind": "P"}]}
    body = check(caller("head_a").put(path, sent), 409, "stale_revision")
    assert body["register"] == held.json()
    assert body["sent"] == {
        "op_id": op_id,
        "base_revision": 0,
        "state": "taken",
        "not_held": "",
        "marks": [{"pupil": first, "kind": "P", "reason": ""}],
    }
    assert body["differences"] == [
        {
            "pupil": first,
            "on_record": {"pupil": first, "kind": "K", "reason": ""},
            "sent": {"pupil": first, "kind": "P", "reason": ""},
        },
        {
            "pupil": second,
            "on_record": {"pupil": second, "kind": "M", "reason": ""},
            "sent": None,
        },
    ]
    # The phone shows its own sentence, which speaks of a sheet; a program has none.
    assert body["message"] != body["detail"]
    closed = {"op_id": op_id.replace("0", "2"), "base_revision": 0, "not_held": "cold"}
    assert caller("head_a").put(path, closed).json()["differences"] == []


def test_every_kind_is_listed_and_in_the_document(world):
    answer = Client().get(problems.LIST)
    assert answer.status_code == 200
    listed = {each["code"]: each for each in answer.json()}
    with override("vi"):
        assert not [each.title for each in problems.kinds() if is_english(each.title)]
    assert listed["too_long"]["statuses"] == [400, 414]
    assert listed["stale_revision"]["type"] == f"{problems.LIST}#stale_revision"
    document = Path(settings.BASE_DIR / "docs" / "api.md").read_text("utf-8")
    told = {
        (code, int(status))
        for status, codes in re.findall(r"^\| (\d{3}) \| (.*) \|$", document, re.MULTILINE)
        for code in re.findall(r"`(\w+)`", codes)
    }
    assert told == {(code, status) for code, each in listed.items() for status in each["statuses"]}


def test_one_code_is_one_kind():
    with pytest.raises(ValueError, match="not_found"):
        problems.declare("not_found", 404, "Something else")


def test_a_code_that_nobody_declared_says_no_more_than_its_status():
    body = problems.body_of(422, "unheard_of", "x", instance="/api/v1/x/")
    assert (body["type"], body["title"]) == ("about:blank", "Unprocessable Entity")


def test_refusals_of_texts_have_their_kinds():
    """Codes of `core.text` reach callers where no serializer was asked."""
    codes = {each.code for each in problems.kinds()}
    assert set(bounded_requests.TextRefused.MESSAGES) <= codes


def test_every_code_in_the_source_is_declared():
    """Literal codes of what the API raises."""
    codes, found = {each.code for each in problems.kinds()}, set()
    root = Path(settings.BASE_DIR)
    for path in [*root.glob("*/api.py"), *root.glob("*/*/api.py"), root / "core/api_operations.py"]:
        found |= set(re.findall(r'Problem\(\s*"(\w+)"', path.read_text("utf-8")))
    for path in [*root.glob("core/*.py"), *root.glob("lai_chau_edu/*.py")]:
        text = path.read_text("utf-8")
        found |= set(re.findall(r'RequestRefused\(\s*\d+, "(\w+)"', text))
        found |= set(re.findall(r'problems\.answer\(request, \d+, "(\w+)"', text))
    assert len(found) > 10
    assert found <= codes, json.dumps(sorted(found - codes))
