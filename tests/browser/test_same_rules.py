"""Rules that exist in Python and in JavaScript: the same 500 vectors through both."""

import dataclasses
import datetime
import json
import random

import pytest
from django.http import QueryDict
from django.test import RequestFactory

from accounts.scoping import scope_for
from attendance.enums import AbsenceReason, Mark, NotHeldReason
from attendance.registers.api.submissions import SubmissionSerializer, submission_of
from attendance.registers.forms import read_submission
from schools.enums import Session
from schools.models import Enrolment
from tests.browser.sheets import path, settle, tell

pytestmark = pytest.mark.browser
VECTORS = 500


def test_who_is_on_the_roll_of_a_day(live_world, visit, capsys):
    chance = random.Random(16)
    days = [datetime.date(2026, 10, 1) + datetime.timedelta(days=each) for each in range(20)]
    vectors = []
    for _number in range(VECTORS):
        spells = []
        for pupil in range(chance.randrange(6)):
            first, end = sorted(chance.choices(days, k=2))
            spells.append((pupil, first, chance.choice([end, None])))
        vectors.append((spells, chance.choice(days)))
    page = visit(live_world.teacher_a)
    page.goto("/attendance/pocket/")
    found = page.evaluate(
        """async (vectors) => {
            const { rollOn } = await import("/static/js/sheet/rows.js");
            return vectors.map(([roll, date]) => rollOn(roll, date).map(({ pupil }) => pupil));
        }""",
        [
            [
                [
                    {"pupil": pupil, "first": str(first), "end": end and str(end)}
                    for pupil, first, end in spells
                ],
                str(date),
            ]
            for spells, date in vectors
        ],
    )
    wanted = [
        [
            pupil
            for pupil, first, end in spells
            if Enrolment(valid_from=first, valid_to=end).is_valid_on(date)
        ]
        for spells, date in vectors
    ]
    differences = sum(here != there for here, there in zip(found, wanted, strict=True))
    tell(capsys, f"B16 roll of a day: {VECTORS} vectors, {differences} differences")
    assert differences == 0
    assert len({len(each) for each in wanted}) > 3


def test_what_a_sheet_says(live_world, visit, capsys):
    """The form as the server reads it, and as the outbox sends it."""
    world, chance = live_world, random.Random(17)
    page = visit(world.teacher_a)
    # Every row with its reason, as a sheet shows them without a script.
    page.goto(path(world.class_a, world.today) + "?reasons=1")
    settle(page)
    letters, reasons = ["", "", *Mark.values], ["", *AbsenceReason.values]
    vectors = [
        {
            "marks": chance.choices(letters, k=6),
            "reasons": chance.choices(reasons, k=6),
            "base": chance.randrange(5),
            "notHeld": chance.choice([*[""] * 50, *NotHeldReason.values]),
        }
        for _number in range(VECTORS)
    ]
    said = page.evaluate(
        """async (vectors) => {
            const { read, rowsOf } = await import("/static/js/sheet/rows.js");
            const { Outbox, newId } = await import("/static/js/offline/outbox.js");
            const outbox = new Outbox({ person: "teacher_a" });
            outbox.token = "x";
            const roll = document.getElementById("register");
            const rows = rowsOf(roll);
            const other = document.querySelector("form[data-class]:not(#register)");
            const sent = [];
            window.fetch = async (url, { body }) => {
                sent.push(body);
                return new Response("{}", { headers: { "content-type": "application/json" } });
            };
            const posted = [];
            for (const { marks, reasons, base, notHeld } of vectors) {
                const form = notHeld ? other : roll;
                rows.forEach((row, at) => {
                    row.querySelector(`.mark[value="${marks[at]}"]`).checked = true;
                    row.querySelector("select").value = reasons[at];
                });
                other.elements.not_held_reason.value = notHeld;
                form.elements.base_revision.value = base;
                form.elements.operation_id.value = newId();
                const operation = read(form, newId);
                await outbox.put({ ...operation, savedAt: Date.now(), person: "teacher_a" });
                posted.push(new URLSearchParams(new FormData(form)).toString());
            }
            return posted.map((form, at) => [form, sent[at]]);
        }""",
        vectors,
    )
    about = {"school_class": world.class_a, "date": world.today, "session": Session.MORNING}
    request = RequestFactory().get("/")
    request.user, request.scope = world.teacher_a, scope_for(world.teacher_a)
    differences = 0
    for form, body in said:
        submission = SubmissionSerializer(data=json.loads(body))
        submission.is_valid(raise_exception=True)
        data = submission.validated_data
        there = submission_of(data, request, **about, answers_for_school=False)
        who = {"by": world.teacher_a, "device": there.device}
        here = read_submission(QueryDict(form), **about, **who)
        # Only a program says the rest.
        unsaid = {"device_time": None, "base_operation": None, "loads_history": False}
        differences += here != dataclasses.replace(there, **unsaid)
    tell(capsys, f"B16 what a sheet says: {len(said)} vectors, {differences} differences")
    assert differences == 0
    assert len({json.dumps(each) for each in vectors}) == VECTORS
