"""The first morning after a restore, in a process of its own: sign in, send a register.

Arguments: user name, class id, date, session. Prints the status codes of both answers.
"""

import sys

import django

django.setup()

from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from tests.attendance.test_register_pages import fill, sheet_url  # noqa: E402
from tests.world import PASSWORD  # noqa: E402


class _Class:
    def __init__(self, pk):
        self.pk = pk


def main(username, class_id, date, session):
    client = Client(SERVER_NAME="127.0.0.1")
    entered = client.post(reverse("accounts:sign_in"), {"username": username, "password": PASSWORD})
    url = sheet_url(_Class(class_id), date, session)
    sent = client.post(url, fill(client, url))
    print(entered.status_code, sent.status_code)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
