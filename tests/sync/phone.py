"""A phone as the server meets it: the rules of static/js/offline/outbox.js in Python.

What it keeps survives reloads and closed tabs (`disk` is a JSON text); a sheet that is open with
marks not sent yet (`screen`) does not. The network between it and the server loses, doubles and
delays.
"""

import datetime
import json
import uuid

from django.utils import timezone

WAITING, SENT, ASKED, REFUSED = "waiting", "sent", "asked", "refused"
LATER, SIGNED_OUT, OTHER_PERSON = "later", "signed_out", "other_person"


class Phone:
    """One device of one person."""

    def __init__(self, person, server):
        self.person = person
        self.server = server
        self.disk = json.dumps({"operations": [], "sheets": {}})
        self.screen = {}
        self.ahead = datetime.timedelta()
        self.acknowledged = []
        self.told = []

    def read(self):
        return json.loads(self.disk)

    def write(self, content):
        self.disk = json.dumps(content)

    # --- What the person does -------------------------------------------------

    def fetch(self, sheets):
        """Take over what the server holds of some sheets."""
        content = self.read()
        for sheet in sheets:
            held = self.server.get(self.person, sheet)
            if held is not None:
                content["sheets"][json.dumps(sheet)] = held
        self.write(content)

    def shown(self, sheet):
        """(base revision, marks) of the sheet as the person sees it."""
        waiting = self.open_for(sheet)
        if waiting:
            return waiting["base"], dict(waiting["marks"])
        held = self.held(sheet)
        return held["revision"], dict(held["marks"])

    def held(self, sheet):
        return self.read()["sheets"].get(json.dumps(sheet), {"revision": 0, "marks": {}})

    def mark(self, sheet, pupil, kind):
        """Tap a mark ("" takes it back) on the open sheet; nothing is kept yet."""
        marks = dict(self.on_screen(sheet))
        marks.pop(pupil, None)
        if kind:
            marks[pupil] = kind
        self.screen.setdefault(json.dumps(sheet), []).append(marks)

    def undo(self, sheet):
        """Take the last tap back."""
        taps = self.screen.get(json.dumps(sheet))
        if taps:
            taps.pop()

    def on_screen(self, sheet):
        """Marks of the sheet with the taps that were not sent."""
        taps = self.screen.get(json.dumps(sheet))
        return taps[-1] if taps else self.shown(sheet)[1]

    def kill(self):
        """The tab goes, and with it what was tapped and not sent."""
        self.screen = {}

    def send(self, sheet):
        """Press Send: the sheet as it is on the screen is kept."""
        marks = self.on_screen(sheet)
        self.screen.pop(json.dumps(sheet), None)
        return self.keep(sheet, marks)

    def save(self, sheet, changes):
        """Mark pupils ({pupil: kind or ""}) and press Send."""
        for pupil, kind in changes.items():
            self.mark(sheet, pupil, kind)
        return self.send(sheet)

    def keep(self, sheet, marks, *, set_aside=None, saw=None):
        """Keep an operation on the disk; nothing is sent yet.

        `saw` notes every version of the sheet that was on this screen while it was made: no
        rule of the outbox reads it, the oracle does.
        """
        before = self.open_for(sheet)
        held = self.held(sheet)
        operation = {
            "id": str(uuid.uuid4()),
            "sheet": sheet,
            "base": held["revision"],
            "base_op": None,
            "marks": marks,
            "set_aside": set_aside or {},
            "state": WAITING,
            "tries": 0,
            "after": None,
            "saved_at": (timezone.now() + self.ahead).isoformat(),
            "saw": saw or [held["marks"]],
        }
        content = self.read()
        is_waiting = before and before["state"] == WAITING
        in_doubt = is_waiting and before["tries"] > 0
        if is_waiting:
            operation |= {"base": before["base"], "base_op": before["base_op"]}
            operation["saw"] = before["saw"] + [before["marks"]]
        if in_doubt:
            operation["after"] = before["id"]
        elif before:
            operation["after"] = before["after"]
            content["operations"] = [
                each for each in content["operations"] if each["id"] != before["id"]
            ]
        content["operations"].append(operation)
        self.write(content)
        return operation

    def asked(self):
        """The first operation that waits for a decision, or None."""
        return next((each for each in self.operations() if each["state"] == ASKED), None)

    def decide(self, choose_mine):
        """Answer the first question, if there is one; returns what is sent now or None."""
        operation = self.asked()
        if operation is None:
            return None
        held, contested = operation["held"], operation["contested"]
        marks, set_aside = dict(operation["together"]), {}
        for pupil in contested:
            mine, theirs = operation["marks"].get(pupil, ""), held["marks"].get(pupil, "")
            chosen, dropped = (mine, theirs) if choose_mine else (theirs, mine)
            if chosen:
                marks[pupil] = chosen
            set_aside[pupil] = dropped
        content = self.read()
        content["sheets"][json.dumps(operation["sheet"])] = held
        self.write(content)
        return self.keep(
            operation["sheet"],
            marks,
            set_aside=set_aside,
            saw=[held["marks"], operation["marks"]],
        )

    def throw_away(self, state=REFUSED):
        """Throw operations of one state away, by a typed word."""
        for operation in self.operations():
            if operation["state"] == state:
                self.drop(operation["id"])

    # --- The outbox -------------------------------------------------------------

    def operations(self):
        return self.read()["operations"]

    def open_for(self, sheet):
        mine = [o for o in self.operations() if o["sheet"] == sheet and o["state"] != SENT]
        return mine[-1] if mine else None

    def change(self, operation_id, **values):
        content = self.read()
        for each in content["operations"]:
            if each["id"] == operation_id:
                each.update(values)
        self.write(content)

    def drop(self, operation_id):
        """Forget an operation; one that waited behind it goes on as it was made."""
        content = self.read()
        content["operations"] = [o for o in content["operations"] if o["id"] != operation_id]
        for each in content["operations"]:
            if each["after"] == operation_id:
                each["after"] = None
        self.write(content)

    def flush(self, network):
        """Send what waits through `network(request) -> answer or None`; how it ended."""
        passed = set()
        while True:
            ready = [
                o
                for o in self.operations()
                if o["state"] == WAITING and not o["after"] and o["id"] not in passed
            ]
            if not ready:
                return SENT
            operation = ready[0]
            passed.add(operation["id"])
            self.change(operation["id"], tries=operation["tries"] + 1)
            answer = network((self.person, operation))
            if answer is None:
                return LATER
            status, body = answer
            if status == 401:
                return SIGNED_OUT
            if body.get("code") == "another_person":
                return OTHER_PERSON
            self.settle(operation, status, body)

    def settle(self, operation, status, body):
        if status in (200, 201) and body.get("op_id") == operation["id"]:
            self.acknowledged.append(operation["id"])
            self.followed_by(operation, base=body["revision"], base_op=operation["id"])
            self.drop(operation["id"])
            content = self.read()
            content["sheets"][json.dumps(operation["sheet"])] = body["held"]
            self.write(content)
            return
        self.told.append(body["message"])
        if self.followed_by(operation, base=operation["base"], base_op=operation["base_op"]):
            self.drop(operation["id"])  # a later sheet of the same person says more
        elif status == 409 and body.get("held"):
            self.change(
                operation["id"],
                state=ASKED,
                held=body["held"],
                contested=body["pupils"],
                together=body["together"],
                told_by=body["register"]["sent_by"],
                told_at=body["register"]["sent_at"],
            )
        else:
            self.change(operation["id"], state=REFUSED, message=body["message"])

    def followed_by(self, operation, **base):
        following = [o for o in self.operations() if o["after"] == operation["id"]]
        for each in following:
            self.change(each["id"], after=None, **base)
        return bool(following)
