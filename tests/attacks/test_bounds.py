"""The gate: sizes, encodings, cookies, JSON, sign-in; each with a clear answer and never 500."""

import io
import itertools
import json
from wsgiref.util import is_hop_by_hop

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.tokens import make_token
from core import bounded_json, bounded_requests
from core.bounded_json import JSONRefused
from lai_chau_edu.wsgi import application
from tests.attacks.attacker import Attacker, report, signed_in
from tests.attacks.hostile import WORST

pytestmark = pytest.mark.django_db

KIB = 1024
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def attacker(capsys):
    with Attacker(seconds=0.5) as attacker:
        yield attacker
    report(capsys, attacker.summary())
    assert attacker.faults == [], "\n".join(attacker.faults[:20])


class Unread(io.BytesIO):
    """A body nobody may read."""

    def read(self, *_size):
        raise AssertionError("the body was read")


def post_unread(client, url, size, **more):
    """The answer to a body of `size` bytes that fails the test when it is read."""
    more.setdefault("content_type", FORM)
    stream = {"wsgi.input": Unread(), "CONTENT_LENGTH": str(size)}
    return client.generic("POST", url, b"", CONTENT_TYPE=more.pop("content_type"), **stream, **more)


@pytest.mark.parametrize("address", ["accounts:sign_in", "set_language", "admin:login", "home"])
def test_a_large_body_of_nobody_is_refused_unread(address):
    answer = post_unread(Client(), reverse(address), 9 * KIB)
    assert answer.status_code == 413
    # A server takes no such header from an application.
    assert not any(is_hop_by_hop(name) for name in answer.headers)
    assert "chưa đăng nhập" in answer.content.decode().lower()


def test_a_call_without_a_key_is_refused_unread():
    answer = post_unread(Client(), "/api/v1/registers/", 9 * KIB, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_call_with_a_wrong_key_is_refused_unread():
    answer = post_unread(
        Client(),
        "/api/v1/registers/",
        9 * KIB,
        content_type="application/json",
        HTTP_AUTHORIZATION="Bearer lce_wrong",
    )
    assert answer.status_code == 401


def test_bodies_of_people_are_bounded_too(world):
    client = signed_in(world.head_a)
    url = reverse("schools:import_upload", args=[world.school_a.pk])
    assert post_unread(client, url, 13 * KIB * KIB).status_code == 413
    assert client.generic("POST", url, b"a=" + b"x" * 3 * KIB * KIB, FORM).status_code == 413
    answer = client.generic("POST", url, b"&".join(b"a%d=" % n for n in range(6_000)), FORM)
    assert answer.status_code == 400
    assert "quá nhiều mục" in answer.content.decode()


def test_a_megabyte_in_a_field_is_refused_at_once(world, attacker):
    client = signed_in(world.head_a)
    url = reverse("schools:site_add", args=[world.school_a.pk])
    for kind, text in WORST.items():
        value = text.encode("utf-8", "surrogatepass")[: KIB * KIB]
        answer = attacker.send(client, "POST", url, b"name=" + value, what=kind, content_type=FORM)
        assert answer.status_code in (400, 413), kind


def test_a_field_too_long_to_be_saved_is_told_at_the_field(world):
    client = signed_in(world.head_a)
    url = reverse("schools:site_add", args=[world.school_a.pk])
    answer = client.post(url, {"name": "x" * 300, "start": "2026-10-12"})
    assert "100 kí tự" in answer.content.decode()
    marks = client.post(url, {"name": "a" + "\u0301\u0327" * 40, "start": "2026-10-12"})
    assert marks.status_code == 400
    assert "dấu trên một chữ" in marks.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "?q=" + "x" * 9_000,
        "?" + "&".join(f"id={n}" for n in range(300)),
        "?q=%00",
        "?q=a" + "%CC%81%CC%A7" * 40,
        "?" + "x" * 400 + "=1",
    ],
)
def test_hostile_queries_get_a_clear_answer(query, world):
    for url in (reverse("schools:schools"), "/api/v1/classes/"):
        answer = signed_in(world.head_a).get(url + query)
        assert answer.status_code in (400, 414), url


CHARSETS = ["hex", "zlib", "utf-16", "punycode", "idna", "none", "\u00e9"]


def test_encodings_that_are_no_text_are_refused(world, attacker):
    client = signed_in(world.head_a)
    kinds = [FORM, "multipart/form-data; boundary=b", "application/json"]
    for charset, content_type in itertools.product(CHARSETS, kinds):
        for url in (reverse("schools:site_add", args=[world.school_a.pk]), "/api/v1/registers/"):
            answer = attacker.send(
                client, "POST", url, b"name=x", content_type=f"{content_type}; charset={charset}"
            )
            assert answer.status_code == 415


def wsgi(environ):
    """Status of a request to the application as a server calls it."""
    statuses = []
    base = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/accounts/sign-in/",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.input": io.BytesIO(b""),
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
    }
    answer = application({**base, **environ}, lambda status, _headers: statuses.append(status))
    list(answer)
    return int(statuses[0].split()[0])


@pytest.mark.parametrize(
    "content_type", ["text/plain; charset*=bogus''%E9", "a/b; charset=a\x00b", "\x00", ";;;='"]
)
def test_content_types_that_break_their_reader(content_type, one_connection):
    assert wsgi({"CONTENT_TYPE": content_type}) < 500


@pytest.mark.parametrize("length", ["x", "-5", "9" * 5_000, "1e9", ""])
def test_lengths_that_are_none(length, one_connection):
    assert wsgi({"CONTENT_LENGTH": length, "CONTENT_TYPE": FORM}) < 500


@pytest.fixture
def one_connection():
    """Calls of the bare application keep the connection of the test."""
    from django.core.signals import request_finished, request_started
    from django.db import close_old_connections

    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize(
    "cookie",
    [
        r'session="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\000"',
        'session="aaaaaaaaaaaaaaaaaaaaaaaaaaa\xe9aaaa"',
        "session=" + "a" * 6_000,
        "csrf=" + "x" * 200,
        r'csrf="\000"; language=\000; messages=x:y:z',
        "django_language=" + "v" * 300,
        "a=" + "b" * 9_000,
        ";" * 5_000,
    ],
)
def test_hostile_cookies(cookie, attacker):
    for method in ("GET", "POST"):
        answer = attacker.send(
            Client(), method, reverse("accounts:sign_in"), HTTP_COOKIE=cookie, what=cookie[:40]
        )
        assert answer.status_code in (200, 302, 400, 403)


HEADERS = [
    {"HTTP_ACCEPT_LANGUAGE": ",".join(["vi-" + "x" * 60] * 120)},
    {"HTTP_ACCEPT": ",".join(["a/b;q=0.1"] * 800)},
    {"HTTP_USER_AGENT": "\xff" * 8_000},
    {"HTTP_IF_MODIFIED_SINCE": "Mon, 99 Foo 99999999 99:99:99 GMT"},
    {"HTTP_IF_NONE_MATCH": '"' * 8_000},
    {"HTTP_X_FORWARDED_FOR": "x" * 8_000},
    {"HTTP_X_OPERATION": "9" * 8_000},
    {"HTTP_AUTHORIZATION": "Bearer \xe9" + "x" * 8_000},
    {"HTTP_RANGE": "bytes=" + "0-," * 2_000},
    {"HTTP_HX_CURRENT_URL": "http://[" + "x" * 4_000, "HTTP_HX_REQUEST": "true"},
    {"HTTP_REFERER": "http://[::1" + "x" * 4_000},
    {"HTTP_ORIGIN": "http://[::1" + "x" * 4_000},
]


def test_hostile_headers(world, attacker, settings):
    settings.TRUSTED_PROXY = True
    clients = [Client(enforce_csrf_checks=True), signed_in(world.head_a)]
    for header, client in itertools.product(HEADERS, clients):
        cache.clear()
        attacker.send(client, "GET", "/", what="page", **header)
        attacker.send(client, "GET", "/api/v1/me/", what="call", **header)
        attacker.send(
            client,
            "POST",
            reverse("accounts:sign_in"),
            [("username", "teacher_a"), ("password", "x")],
            **header,
        )


NAMES = [
    "x" * 151,
    "x" * 256,
    "ﬀ" * 150,
    "½" * 150,
    "a\x00b",
    "a" + "\u0301\u0327" * 500,
    "\u202e" * 100,
]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_nobody_has_at_sign_in(name, world, attacker):
    for password in ("x", "x" * 5_000):
        sent = [("username", name), ("password", password)]
        door = reverse("accounts:sign_in")
        answer = attacker.send(Client(), "POST", door, sent, what=name[:20])
        assert answer.status_code in (200, 400, 403, 413, 429)


BODIES = {
    "deep lists": "[" * 100_000,
    "deep and sound": "[" * 900 + "]" * 900,
    "deep objects": '{"a":' * 5_000 + "1" + "}" * 5_000,
    "beyond the recursion": "[" * 500_000 + "]" * 500_000,
    "5,000 digits": '{"registers": ' + "9" * 5_000 + "}",
    "5,000 digits and a point": '{"registers": 0.' + "9" * 5_000 + "}",
    "not a number": '{"registers": [{"class_id": NaN}]}',
    "infinite": '{"registers": [{"class_id": Infinity}]}',
    "infinite by its exponent": '{"registers": [{"class_id": 1e999}]}',
    "NUL": '{"registers": [{"sender": "a\\u0000"}]}',
    "half a character": '{"registers": [{"sender": "\\ud800"}]}',
    "half a name": '{"\\ud800": 1}',
    "marks": '{"registers": [{"sender": "a' + "\u0301\u0327" * 5_000 + '"}]}',
    "long": '{"registers": [{"sender": "' + "x" * 100_000 + '"}]}',
    "many lists": "[" + ",".join(["[]"] * 300_000) + "]",
    "no JSON": "{'a': 1}",
    "not UTF-8": b"\xff\xfe\x00",
    "empty": " ",
    "a list": "[]",
    "null": "null",
    "text": '"x"',
    "number": "5",
}


def test_hostile_json_gets_400(world, attacker):
    _token, secret = make_token(user=world.head_a, name="Thử", days=1)
    addresses = [("POST", ""), ("PUT", f"{world.class_a.pk}/{world.today}/am/")]
    for (kind, text), (method, path) in itertools.product(BODIES.items(), addresses):
        body = text if isinstance(text, bytes) else text.encode()
        cache.clear()
        answer = attacker.send(
            Client(),
            method,
            f"/api/v1/registers/{path}",
            body,
            what=kind,
            content_type="application/json",
            HTTP_AUTHORIZATION=f"Bearer {secret}",
        )
        assert answer.status_code == 400, answer.content[:200]
        assert {"code", "message"} <= set(answer.json())


def test_what_json_may_hold():
    deep = bounded_json.read(b'{"a": [[[[[[[[1]]]]]]]]}')
    assert deep == {"a": [[[[[[[[1]]]]]]]]}
    with pytest.raises(JSONRefused):
        bounded_json.read(b"[" * 12 + b"]" * 12)
    assert bounded_json.read(json.dumps({"a": "ế", "b": -1.5, "c": 10**20}).encode())["c"] == 10**20


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_days_at_both_ends_of_the_calendar_in_a_call(day, world, attacker):
    _token, secret = make_token(user=world.head_a, name="Thử", days=1)
    register = {"class_id": world.class_a.pk, "date": day, "session": "am", "marks": []}
    register |= {"op_id": "00000000-0000-4000-8000-000000000001", "base_revision": 0}
    answer = attacker.send(
        Client(),
        "POST",
        "/api/v1/registers/",
        json.dumps({"registers": [register]}).encode(),
        content_type="application/json",
        HTTP_AUTHORIZATION=f"Bearer {secret}",
    )
    assert answer.json()["answers"][0]["status"] == 400


def part(name, content=b"x", more="", head="form-data"):
    """A part of a multipart body."""
    return (
        f'--b\r\nContent-Disposition: {head}; name="{name}"{more}\r\n\r\n'.encode(
            "utf-8", "surrogatepass"
        )
        + content
        + b"\r\n"
    )


def file_named(name):
    return part("file", b"PK", f'; filename="{name}"') + b"--b--\r\n"


MULTIPARTS = {
    "no end": part("file", b"x" * 100),
    "no boundary in the body": b"x" * 5_000,
    "only boundaries": b"--b\r\n" * 20_000,
    "thousands of parts": b"".join(part(f"a{n}") for n in range(6_000)) + b"--b--\r\n",
    "thousands of files": b"".join(part(f"f{n}", more='; filename="a"') for n in range(3_000)),
    "a long name": file_named("x" * 5_000 + ".xlsx"),
    "a name of marks": file_named("a" + "\u0301\u0327" * 3_000 + ".xlsx"),
    "a name with NUL": file_named("a\x00.xlsx"),
    "a path": file_named("../../../etc/passwd"),
    "no name": file_named(""),
    "right to left": file_named("\u202exslx.exe"),
    "unknown encoding of a name": part("file", b"PK", "; filename*=bogus''%E9") + b"--b--\r\n",
    "broken encoding of a name": part("file", b"PK", "; filename*=UTF-8''%FF%FE") + b"--b--\r\n",
    "hex encoding of a name": part("file", b"PK", "; filename*=hex''%E9") + b"--b--\r\n",
    "a long head": b"--b\r\n" + b"X: y\r\n" * 50_000 + b"\r\nx\r\n--b--\r\n",
    "a long line": b"--b\r\nContent-Disposition: " + b"x;" * 300_000 + b"\r\n\r\nx\r\n--b--\r\n",
    "broken base64": b'--b\r\nContent-Disposition: form-data; name="a"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\n!!!\r\n--b--\r\n",
    "base64 of spaces": b'--b\r\nContent-Disposition: form-data; name="a"; filename="f"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\n" + b" \r\n" * 200_000 + b"\r\n--b--\r\n",
    "not UTF-8": part("name", b"\xff\xfe\xed\xa0\x80") + b"--b--\r\n",
    "a megabyte of marks": part("name", WORST["alternating marks"][:500_000].encode())
    + b"--b--\r\n",
    "a line break in a name": file_named("a\r\nX: y.xlsx"),
}


def test_hostile_multipart(world, attacker):
    client = signed_in(world.head_a)
    pages = [
        reverse("schools:import_upload", args=[world.school_a.pk]),
        reverse("attendance:leave_record", args=[world.class_a.pk]),
    ]
    for url, (kind, body) in itertools.product(pages, MULTIPARTS.items()):
        form = "multipart/form-data; boundary=b"
        attacker.send(client, "POST", url, body, what=kind, content_type=form)
    for boundary in ("", "b" * 300, "\u00e9", '"'):
        form = f"multipart/form-data; boundary={boundary}"
        body = MULTIPARTS["a path"]
        attacker.send(client, "POST", pages[0], body, what=boundary, content_type=form)


def test_the_gate_stands_before_whatever_reads_a_value(settings):
    order = settings.MIDDLEWARE
    gate = order.index("core.bounded_requests.BoundedRequestMiddleware")
    assert order.index("django.contrib.auth.middleware.AuthenticationMiddleware") < gate
    assert gate < order.index("accounts.middleware.SignInRequiredMiddleware")
    assert bounded_requests.MOST_ANONYMOUS_BYTES <= 8 * KIB
