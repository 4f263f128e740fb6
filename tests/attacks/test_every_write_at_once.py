"""Each write of the product, sent by four at one moment: no fault, and one decision.

What is sent and which events it leaves is the table of `tests.writes`; an address that is added
there is raced for here.
"""

import copy
import threading
import uuid
from collections import Counter

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import RoleGrant, User
from attendance.models import RegisterRevision
from core.models import Event
from tests.attacks.meeting import Meeting
from tests.core.test_operations import CARRIES, CREATES, CREATES_FROM, MAKES_NOTHING
from tests.frozen import freeze_time
from tests.permission_table import ROUTES
from tests.waiting import PATIENCE
from tests.writes import BOOKKEEPING, LATE, REVISION, WRITES, Scene

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS = 4
# Whose form carries an operation.
CARRY_ONE = {*CREATES, *CREATES_FROM, *CARRIES} | {
    name for name, why in MAKES_NOTHING.items() if why.startswith("carries one")
}
# One form sent four times by one person; and four sendings, of which a colleague makes two.
TWINS, RIVALS = "twins", "rivals"
CASES = [(name, RIVALS) for name in WRITES] + [
    (name, TWINS) for name in WRITES if name in CARRY_ONE
]
# What each of them decides for itself, or tells although nothing is left to decide.
EACH_FOR_ITSELF = {
    "job_restart": "gives a job its tries anew, as often as it is pressed",
    "accounts:sign_in": "four browsers",
    "accounts:recovery_codes": "shows codes that take the place of those before",
    "accounts:view_begin": "opens a class to be looked at; told each time",
    "accounts:view_end": "a session that ends a look; told each time",
    "attendance:support_file": "a file that was given out; told each time",
    "inspections:plan_visit": "what is set already is set again",
    "mobilisation:search": "the proposals take the place of the former ones",
    "schools:pupil_data": "a file that was given out; told each time",
}
# What everybody chooses for themselves: a colleague's choice is another one.
OF_ONESELF = {"accounts:digest_choice", "accounts:reminders"}


def copied(fields):
    """The fields once more, with files of their own."""
    if isinstance(fields, str):
        return fields
    return {name: _copied(value) for name, value in fields.items()}


def _copied(value):
    if not hasattr(value, "read"):
        return copy.deepcopy(value)
    value.seek(0)
    content = value.read()
    value.seek(0)
    return SimpleUploadedFile(value.name, content, getattr(value, "content_type", None))


def colleague_of(person):
    """Somebody else with the same roles in the same places."""
    found = User.objects.create_user("dongnghiep", full_name="Đồng Nghiệp")
    for grant in RoleGrant.objects.filter(user=person):
        grant.pk, grant.user = None, found
        grant.save(force_insert=True)
    return found


class Race:
    """A write that is ready to be sent by whose clients are given, in turn."""

    def __init__(self, scene, name, clients):
        self.scene, self.method = scene, "PUT" if ROUTES[name].puts else "POST"
        self._senders = clients

    def run(self, forms):
        """The answers to all forms, whose senders meet wherever one of them is to write."""
        meeting = Meeting(but=BOOKKEEPING)
        gate, answers = threading.Barrier(len(forms)), [None] * len(forms)

        def send(number, client, fields):
            try:
                gate.wait(PATIENCE)
                answers[number] = meeting.join(lambda: self._send(client, fields))
            finally:
                connection.close()

        meeting.lead(
            [
                threading.Thread(target=send, args=(number, self._client(number), fields))
                for number, fields in enumerate(forms)
            ]
        )
        return answers

    def _client(self, number):
        client = Client(raise_request_exception=False)
        client.cookies = copy.deepcopy(self._senders[number % len(self._senders)].cookies)
        return client

    def _send(self, client, fields):
        if isinstance(fields, str):
            return client.generic(self.method, self.scene.url, fields, "application/json")
        return client.post(self.scene.url, fields)


def decided(before, revisions):
    """The kinds of events since, and `REVISION` for each register that was revised."""
    found = Counter(Event.objects.filter(pk__gt=before).values_list("kind", flat=True))
    new = RegisterRevision.objects.exclude(pk__in=revisions)
    if new.exists():
        found[REVISION] = 1
    return found


@pytest.mark.parametrize(("name", "how"), CASES)
def test_four_at_once(name, how, furnished, sign_in, a_browser_with_passkeys):
    tried = WRITES[name]
    with freeze_time(LATE if "remind_" in name else timezone.now()):
        person = getattr(furnished, tried.person)
        scene = Scene(furnished, name, sign_in(person))
        forms = [copied(fields) for fields in [tried.fields(scene)] * WRITERS]
        if name in CARRY_ONE:
            twin = uuid.uuid4()
            for form in forms:
                form["operation"] = str(twin if how == TWINS else uuid.uuid4())
        before = max(Event.objects.values_list("pk", flat=True), default=0)
        revisions = set(RegisterRevision.objects.values_list("pk", flat=True))
        clients = [scene.client]
        if how == RIVALS and name not in OF_ONESELF:
            clients.append(sign_in(colleague_of(person)))
        race = Race(scene, name, clients)
        answers = race.run(forms)
        past = next((each.context["past"] for each in answers if _asks(each)), None)
        if past:
            more = {"choice": past.choices[0], "seen": past.seen}
            answers = race.run([copied(form) | more for form in forms])
    statuses = [each.status_code for each in answers]
    assert max(statuses) < 500, statuses
    assert tried.status in statuses, statuses
    # What a job made of it, or who came too late was told, is told beside.
    found = decided(before, revisions)
    once = {kind: found[kind] for kind in tried.kinds}
    if name in EACH_FOR_ITSELF or (how == RIVALS and name in CARRY_ONE):
        assert all(once.values()), found
    else:
        assert once == Counter(tried.kinds)


def _asks(answer):
    """Whether the page asks once more what becomes of registers already sent."""
    return answer.status_code == 200 and (answer.context or {}).get("past")
