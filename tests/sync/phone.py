"""A phone as the server meets it: the rules of static/js/pocket/outbox.js in Python.

What it keeps survives reloads and closed tabs (`disk` is a JSON text); what it shows is read
from there. The network between it and the server loses, doubles and delays.
"""

import json
import uuid

WAITING, SENT, ASKED, REFUSED = "waiting", "sent", "asked", "refused"
LATER, SIGNED_OUT = "later", "signed_out"


class Phone:
    """One device of one person."""

    def __init__(self, person, server):
        self.person = person
        self.server = server
        self.disk = json.dumps({"operations": [], "sheets": {}})
        self.acknowledged = []

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
        held = self.read()["sheets"].get(json.dumps(sheet), {"revision": 0, "marks": {}})
        return held["revision"], dict(held["marks"])

    def save(self, sheet, changes, *, base=None, set_aside=None):
        """Mark pupils ({pupil: kind or ""}) and press Send; nothing is sent yet."""
        shown_base, marks = self.shown(sheet)
        before = self.open_for(sheet)
        for pupil, kind in changes.items():
            marks.pop(pupil, None)
            if kind:
                marks[pupil] = kind
        operation = {
            "id": str(uuid.uuid4()),
            "sheet": sheet,
            "base": shown_base if base is None else base,
            "marks": marks,
            "set_aside": set_aside or {},
            "state": WAITING,
            "tries": 0,
            "after": None,
        }
        content = self.read()
        in_doubt = before and before["state"] == WAITING and before["tries"] > 0
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

    def decide(self, choose_mine):
        """Answer the first question, if there is one."""
        for operation in self.operations():
            if operation["state"] == ASKED:
                held, contested = operation["held"], operation["contested"]
                marks = dict(held["marks"])
                marks |= {p: k for p, k in operation["marks"].items() if p not in contested}
                set_aside = {}
                for pupil in contested:
                    mine = operation["marks"].get(pupil, "")
                    theirs = held["marks"].get(pupil, "")
                    chosen, dropped = (mine, theirs) if choose_mine else (theirs, mine)
                    marks.pop(pupil, None)
                    if chosen:
                        marks[pupil] = chosen
                    set_aside[pupil] = dropped
                self.drop(operation["id"])
                content = self.read()
                content["sheets"][json.dumps(operation["sheet"])] = {
                    "revision": held["revision"],
                    "marks": marks,
                }
                self.write(content)
                self.save(operation["sheet"], {}, set_aside=set_aside)
                return

    def give_up_refused(self):
        for operation in self.operations():
            if operation["state"] == REFUSED:
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
        content = self.read()
        content["operations"] = [o for o in content["operations"] if o["id"] != operation_id]
        self.write(content)

    def flush(self, network):
        """Send what waits through `network(request) -> answer or None`."""
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
            self.settle(operation, *answer)

    def settle(self, operation, status, body):
        if status in (200, 201) and body.get("op_id") == operation["id"]:
            self.acknowledged.append(operation["id"])
            self.followed_by(operation, body["revision"])
            self.drop(operation["id"])
            content = self.read()
            content["sheets"][json.dumps(operation["sheet"])] = body["held"]
            self.write(content)
        elif status == 409 and body.get("held"):
            if not self.superseded(operation):
                self.change(
                    operation["id"], state=ASKED, held=body["held"], contested=body["pupils"]
                )
        elif not self.superseded(operation):
            self.change(operation["id"], state=REFUSED)

    def superseded(self, operation):
        """Whether a later sheet of the same person takes over."""
        found = self.followed_by(operation, operation["base"])
        if found:
            self.drop(operation["id"])
        return found

    def followed_by(self, operation, base):
        following = [o for o in self.operations() if o["after"] == operation["id"]]
        for each in following:
            self.change(each["id"], base=base, after=None)
        return bool(following)
