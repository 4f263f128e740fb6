"""The proxy block of deploy/nginx, served by a real nginx before one who tells what he got."""

import http.client
import http.server
import json
import os
import re
import shutil
import ssl
import subprocess
import threading
from types import SimpleNamespace

import pytest

from tests.faults import processes
from tests.waiting import wait_until

from .commands import ROOT

NAME = "chuyencan.example.vn"


class _Echo(http.server.BaseHTTPRequestHandler):
    """Answers with the headers it was asked with and the size of the body."""

    def do_POST(self):
        size = len(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        body = json.dumps({**self.headers, "size": size}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST  # noqa: N815

    def log_message(self, *arguments):
        pass


@pytest.fixture
def proxy(tmp_path):
    """nginx with our block on free ports; `start_program` puts something behind it."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
         f"/CN={NAME}", "-keyout", tmp_path / "privkey.pem", "-out", tmp_path / "fullchain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    plain, secure, behind = (processes.free_port() for _each in range(3))
    block = (ROOT / "deploy" / "nginx" / "lai-chau.conf").read_text(encoding="utf-8")
    block = re.sub(r"^ *listen \[::\].*\n", "", block, flags=re.MULTILINE)
    for old, new in (
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ", f"listen 127.0.0.1:{secure} "),
        ("http://127.0.0.1:8000", f"http://127.0.0.1:{behind}"),
        (f"/etc/letsencrypt/live/{NAME}", str(tmp_path)),
        ("/srv/lai_chau_edu/app", str(ROOT)),
    ):
        assert old in block
        block = block.replace(old, new)
    user = "user root;" if os.geteuid() == 0 else ""
    folders = "".join(
        f"{each}_temp_path {tmp_path}/{each};"
        for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = tmp_path / "nginx.conf"
    whole.write_text(
        f"{user} daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error; events {{}} "
        f"http {{ access_log off; {folders} {block} }}"
    )
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    nginx = processes.Process(
        [program, "-c", str(whole), "-e", str(tmp_path / "error")], folder=tmp_path, name="nginx"
    ).start()
    servers = []

    def start_program():
        server = http.server.ThreadingHTTPServer(("127.0.0.1", behind), _Echo)
        servers.append(server)
        threading.Thread(target=server.serve_forever).start()

    try:
        wait_until(lambda: processes.listens(secure), "nginx listens")
        yield SimpleNamespace(plain=plain, secure=secure, start_program=start_program)
    finally:
        nginx.kill()
        for server in servers:
            server.shutdown()
            server.server_close()


def ask(proxy, method="GET", body=None, **headers):
    context = ssl._create_unverified_context()
    connection = http.client.HTTPSConnection("127.0.0.1", proxy.secure, timeout=60, context=context)
    try:
        connection.request(method, "/", body, {"Host": NAME, **headers})
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), answer.read().decode()
    finally:
        connection.close()


def test_page_while_the_program_is_gone(proxy):
    status, headers, text = ask(proxy)
    assert (status, headers["Retry-After"], headers["Cache-Control"]) == (503, "30", "no-store")
    assert "Chương trình tạm ngừng" in text
    # A form that was sent meets the same page.
    assert ask(proxy, "POST", b"x=1")[0] == 503


def test_what_a_caller_sends_under_the_names_of_the_proxy_is_dropped(proxy):
    proxy.start_program()
    sent = {"X-Forwarded-For": "1.2.3.4", "X-Forwarded-Proto": "http"}
    status, _headers, text = ask(proxy, **sent)
    got = json.loads(text)
    assert (status, got["Host"]) == (200, NAME)
    assert (got["X-Forwarded-For"], got["X-Forwarded-Proto"]) == ("127.0.0.1", "https")


def test_twelve_megabytes_pass_and_more_do_not(proxy):
    proxy.start_program()
    status, _headers, text = ask(proxy, "POST", b"x" * (12 * 1024 * 1024))
    assert (status, json.loads(text)["size"]) == (200, 12 * 1024 * 1024)
    assert ask(proxy, "POST", b"", **{"Content-Length": str(13 * 1024 * 1024)})[0] == 413


def test_plain_http_leads_to_https(proxy):
    connection = http.client.HTTPConnection("127.0.0.1", proxy.plain, timeout=60)
    connection.request("GET", "/schools/?x=1", headers={"Host": NAME})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{NAME}/schools/?x=1")
