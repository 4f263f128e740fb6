"""How much at once: rates of calls, sizes of bodies, queries of lists."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from redis.exceptions import ConnectionError as RedisConnectionError

from core import api as rest
from core.api import MOST_BYTES, Throttle
from core.jobs.dispatch import CircuitBreaker
from tests.test_query_ceilings import grow, revisions_for, write_books

pytestmark = pytest.mark.django_db
CEILINGS = {
    # address: (person, literal ceiling)
    "me/": ("teacher_a", 4),
    "session/": ("teacher_a", 3),
    "pocket/": ("head_a", 17),
    "areas/": ("province_officer", 3),
    "schools/": ("province_officer", 9),
    "classes/": ("head_a", 6),
    "classes/{class_id}/roll/": ("teacher_a", 6),
    "registers/{class_id}/{date}/am/": ("teacher_a", 10),
    "figures/?area=12&month=2026-10": ("province_officer", 25),
    "figures/?area=12&month=2026-10&by=commune": ("province_officer", 26),
    "figures/?area=12&month=2026-10&by=school": ("province_officer", 26),
    "figures/?area=12&month=2026-10&by=class": ("province_officer", 26),
    "figures/?area=12&month=2026-10&by=commune&map=2026-12-05": ("province_officer", 30),
    "figures/?area=12&month=2026-10&by=district": ("province_officer", 26),
    "figures/?area=12&by=commune&month_from=2026-09&month_to=2026-11": ("province_officer", 60),
    "flags/?month=2026-10": ("province_officer", 8),
    "missing/": ("province_officer", 15),
    "missing/?area=12&date=2026-10-09": ("province_officer", 16),
    "inspections/": ("province_officer", 8),
    "actions/": ("province_officer", 9),
}


def test_queries_stay_under_their_ceilings_and_do_not_grow(world, caller):
    write_books(world, [world.class_a, world.class_b])
    revisions_for(world)
    callers = {person: caller(person) for person, _ceiling in CEILINGS.values()}
    for each in callers.values():
        each.get("me/")  # the first use of a key is noted

    def count(path):
        person, _ceiling = CEILINGS[path]
        at = path.format(class_id=world.class_a.pk, date=world.today)
        with CaptureQueriesContext(connection) as queries:
            assert callers[person].get(at).status_code in (200, 404)
        return len(queries)

    small = {path: count(path) for path in CEILINGS}
    write_books(world, grow(world))
    large = {path: count(path) for path in CEILINGS}
    over = {
        path: (small[path], large[path], ceiling)
        for path, (_person, ceiling) in CEILINGS.items()
        if large[path] > ceiling or large[path] > small[path]
    }
    assert over == {}


def test_calls_beyond_the_rate_wait(world, caller, monkeypatch):
    monkeypatch.setattr(Throttle, "get_rate", lambda self: "3/min")
    teacher, other = caller("teacher_a"), caller("head_a")
    assert [teacher.get("me/").status_code for _call in range(4)] == [200, 200, 200, 429]
    refused = teacher.get("me/")
    assert 0 < int(refused["Retry-After"]) <= 60
    assert refused.json()["code"] == "throttled"
    assert other.get("me/").status_code == 200


def test_kinds_of_calls_are_counted_apart(world, caller, monkeypatch):
    monkeypatch.setattr(Throttle, "get_rate", lambda self: "1/min")
    head = caller("head_a")
    path = f"registers/{world.class_a.pk}/{world.today}/am/"
    assert (head.get("me/").status_code, head.get(path).status_code) == (200, 404)
    assert (head.get("me/").status_code, head.get(path).status_code) == (429, 429)


def test_a_cache_that_fails_stops_nobody(world, caller, monkeypatch):
    asked = []

    def fail(*args, **kwargs):
        asked.append(args)
        raise RedisConnectionError("gone")

    monkeypatch.setattr(rest, "counting", CircuitBreaker())
    monkeypatch.setattr(cache, "get", fail)
    teacher = caller("teacher_a")
    assert [teacher.get("me/").status_code for _call in range(5)] == [200] * 5
    assert len(asked) == 1


def test_a_body_too_large_is_refused_unread(world, caller):
    answer = caller("head_a").call("POST", "registers/", {"registers": ["x" * MOST_BYTES]})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"x"', "\x00", '{"registers": 1}'])
def test_bodies_that_are_no_register_are_named(world, caller, body):
    secret = caller("head_a").secret
    answer = Client().post(
        "/api/v1/registers/",
        body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 400
    assert {"code", "message"} <= set(answer.json())


def test_nothing_is_kept_by_browsers_and_proxies(world, caller):
    answer = caller("teacher_a").get(f"classes/{world.class_a.pk}/roll/")
    assert "no-store" in answer["Cache-Control"]


def test_an_unknown_address_is_told_in_the_shape_of_the_api(world, caller):
    answer = caller("teacher_a").get("nothing/here/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_wrong_keys_are_counted_as_strangers(world, caller, monkeypatch):
    monkeypatch.setitem(Throttle.THROTTLE_RATES, "anonymous", "3/min")
    known = caller("teacher_a")

    def status(**headers):
        return Client().get("/api/v1/me/", headers=headers).status_code

    wrong = {"Authorization": "Bearer of-nobody"}
    assert [status(**wrong) for _call in range(5)] == [401, 401, 401, 429, 429]
    assert status() == 429
    # Whoever has a key is not held up by a stranger behind the same address.
    assert known.get("me/").status_code == 200
