"""The product behind its API, and servers broken on purpose that the model must catch."""

import json
import uuid

from django.db import transaction
from django.test import Client

from attendance.models import Register


class Server:
    """PUT and GET of a register as a signed-in person; a sheet is [class id, date, session]."""

    def __init__(self):
        self.clients = {}

    def client(self, person):
        if person not in self.clients:
            self.clients[person] = Client()
            self.sign_in(person)
        return self.clients[person]

    def sign_in(self, person):
        """Begin a session; one that has ended begins anew."""
        self.client(person).force_login(
            person.user, backend="django.contrib.auth.backends.ModelBackend"
        )

    def sign_out(self, person):
        """End the session on the server; the phone hears of it when it asks."""
        self.client(person).logout()

    def get(self, person, sheet):
        answer = self.client(person).get(address(sheet))
        return held(answer.json()) if answer.status_code == 200 else None

    def put(self, person, operation):
        """(status, body) as the phone reads it."""
        answer = self.client(person).put(
            address(operation["sheet"]),
            self.body(person, operation),
            content_type="application/json",
        )
        told = answer.json()
        if answer.status_code in (200, 201):
            told["held"] = held(told)
        elif told.get("register"):
            told["held"] = held(told["register"])
            told["pupils"] = [str(pupil) for pupil in told["pupils"]]
            told["together"] = as_dict(told["merged"])
        return answer.status_code, told

    def body(self, person, operation):
        content = {
            "op_id": operation["id"],
            "base_revision": operation["base"],
            "marks": as_list(operation["marks"]),
            "set_aside": as_list(operation["set_aside"]),
            "correction_reason": "đối chiếu lại",
            "sender": person.user.username,
            "device_time": operation["saved_at"],
        }
        if operation["base_op"]:
            content["base_op"] = operation["base_op"]
        return json.dumps(content)


class ForgetsOperations(Server):
    """Idempotency off: every delivery is a new one."""

    def put(self, person, operation):
        status, told = super().put(person, operation | {"id": str(uuid.uuid4())})
        return status, told | {"op_id": operation["id"]}


class ForgetsRevisions(Server):
    """Version check off: what comes last is written over what is there."""

    def put(self, person, operation):
        base = current_revision(operation["sheet"])
        return super().put(person, operation | {"base": base, "base_op": None})


class AcknowledgesTooSoon(Server):
    """The receipt leaves before the commit, and every third commit fails."""

    count = 0

    def put(self, person, operation):
        self.count += 1
        with transaction.atomic():
            answer = super().put(person, operation)
            transaction.set_rollback(self.count % 3 == 0)
        return answer


class LastOneWins(Server):
    """Merges, but where one pupil has two marks takes the later without a question."""

    def put(self, person, operation):
        status, told = super().put(person, operation)
        if status != 409 or not told.get("held"):
            return status, told
        marks = told["held"]["marks"] | operation["marks"]
        base = told["held"]["revision"]
        return super().put(person, operation | {"marks": marks, "base": base, "base_op": None})


BROKEN = [
    ForgetsOperations,
    ForgetsRevisions,
    AcknowledgesTooSoon,
    LastOneWins,
]


def address(sheet):
    return "/api/v1/registers/{}/{}/{}/".format(*sheet)


def as_list(marks):
    return [{"pupil": int(pupil), "kind": kind} for pupil, kind in marks.items()]


def as_dict(marks):
    return {str(mark["pupil"]): mark["kind"] for mark in marks}


def held(told):
    return {"revision": told["revision"], "marks": as_dict(told["marks"])}


def current_revision(sheet):
    school_class, date, session = sheet
    found = Register.objects.filter(school_class=school_class, date=date, session=session)
    return found.values_list("revision", flat=True).first() or 0
