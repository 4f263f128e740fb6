"""Every answer with a child's name leaves a row of the access trail, and no other does.

The addresses come from the table of permissions, so that a new page is walked too.
"""

import datetime
import html
import io
import json
import subprocess
import uuid
import zipfile
from urllib.parse import unquote

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.tokens import make_token
from attendance.models import RegisterRevision
from schools import access_trail
from schools.enums import NamesKind
from schools.models import NamesShown, Pupil
from tests.frozen import freeze_time
from tests.permission_table import PEOPLE, ROUTES
from tests.reports.register_builders import take
from tests.world import PUPILS_6A, PUPILS_6B, PUPILS_12

pytestmark = pytest.mark.django_db

NAMES = {*PUPILS_6A, *PUPILS_12, *PUPILS_6B}
# Pages that show names when there is something to tell of (`richer`): who opens none, tests none.
SHOWING = {
    "api:cases",
    "api:enrolments",
    "api:offline",
    "api:roll",
    "api:roll_by_code",
    "attendance:class_leaves",
    "attendance:history",
    "attendance:leave_letter",
    "attendance:leave_letter_add",
    "attendance:leave_record",
    "attendance:leave_withdraw",
    "attendance:leaves",
    "attendance:month",
    "attendance:register_excel",
    "attendance:register_pdf",
    "attendance:roll_differences",
    "attendance:roll_settle",
    "attendance:sheet",
    "attendance:support",
    "attendance:support_file",
    "attendance:workbook_file",
    "inspections:photo",
    "inspections:recommendation_proof",
    "inspections:regulation_file",
    "inspections:visit_scan",
    "mobilisation:case",
    "mobilisation:case_change",
    "mobilisation:case_close",
    "mobilisation:case_of_person",
    "mobilisation:case_of_pupil",
    "mobilisation:cases",
    "mobilisation:household",
    "mobilisation:household_change",
    "mobilisation:households",
    "mobilisation:person",
    "mobilisation:person_add",
    "mobilisation:person_remove",
    "mobilisation:rolls",
    "mobilisation:to_bring_file",
    "mobilisation:visiting_round",
    "mobilisation:village",
    "reports:explain_area",
    "reports:explain_area_excel",
    "reports:explain_class",
    "reports:explain_class_excel",
    "reports:explain_school",
    "reports:explain_school_excel",
    "reports:pupil",
    "reports:risks",
    "reports:school_class",
    "schools:erasure_ask",
    "schools:hold",
    "schools:import_batch_school",
    "schools:leave",
    "schools:merge_undo",
    "schools:move",
    "schools:pupil",
    "schools:pupil_data",
    "schools:pupil_edit",
    "schools:pupil_merge",
    "schools:pupil_remove",
    "schools:pupil_seen",
    "schools:class_semi_boarders",
    "schools:class_split",
    "schools:semi_boarding_begin",
    "schools:semi_boarding_change",
    "schools:semi_boarding_remove",
    "schools:readmit",
    "schools:school_class",
    "schools:search",
    "schools:transfer_back",
    "schools:transfer_dropout",
    "schools:transfer_on",
    "schools:transfer_receive",
    "schools:transfer_send",
    "schools:transfers",
    "schools:undo_leaving",
}
# The names of the example are invented, and happen to be those of the tests.
INVENTED = {"schools:import_example", "schools:import_example_all"}


def text_of(answer):
    """Everything readable in an answer: a page, JSON or the parts of a workbook."""
    body = answer.getvalue() if answer.streaming else answer.content
    if body.startswith(b"%PDF"):
        read = subprocess.run(["pdftotext", "-", "-"], input=body, capture_output=True)
        # What a test made up as a file begins like one, and is none.
        return (read.stdout or body).decode("utf-8", "replace")
    if not body:
        return ""
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            body = b"\n".join(archive.read(name) for name in archive.namelist())
    if answer.get("Content-Type", "").startswith("application/json"):
        return json.dumps(json.loads(body), ensure_ascii=False)
    return html.unescape(body.decode(errors="ignore"))


def names_in(answer):
    """The pupils of the world who are named in an answer."""
    # Evidence of a task is of no one child (docs/personal-data.md).
    is_evidence = "/actions/evidence/" in answer.request["PATH_INFO"]
    is_image = answer.headers.get("Content-Type", "").startswith("image/")
    if is_image and answer.content and not is_evidence:
        return {"in a letter of leave"}
    told = text_of(answer) + unquote(" ".join(answer.headers.values()))
    return {name for name in NAMES if name in told}


def richer(world):
    """The world with a pupil away for days, told of in the history of today's register."""
    pupil_id = world.objects.values["pupil"]
    for days in range(1, 8):
        take(world.class_a, world.today - datetime.timedelta(days=days), {pupil_id: "K"})
    RegisterRevision.objects.update(marks={str(pupil_id): ["K", ""]}, roll=[pupil_id])
    return world.objects


# Other pages at the same address, filled from the objects.
VARIANTS = {
    "attendance:leaves": ["?day=2026-10-09"],
    "attendance:month": ["?paper=blank", "?paper=filled"],
    "attendance:roll_differences": ["?month=2026-09"],
    "mobilisation:cases": ["?list=open", "?list=returned"],
    "mobilisation:households": ["&take=1"],
    "mobilisation:rolls": ["?list=decide", "?list=found", "?list=roll"],
    "reports:risks": ["?reason=streak"],
    "schools:pupil_merge": ["?search=L", "?with={other}"],
    "schools:search": ["?q=giang+a+ch"],
}
# Of which somebody here is shown several classes, or records side by side: a row for each.
SEVERAL = {"api:offline", "schools:pupil_merge"}


@pytest.mark.parametrize("name", sorted(set(ROUTES) - INVENTED))
def test_what_shows_a_name_leaves_a_row(name, furnished, sign_in):
    world, objects = furnished, richer(furnished)
    pupils = world.class_a.spells.exclude(pupil=objects.values["pupil"]).values_list("pupil")
    objects.values["other"] = pupils.filter(valid_to=None).first()[0]
    address, ever, most = objects.url(name), False, 0
    methods = ("GET", "POST", "PUT") if ROUTES[name].puts else ("GET", "POST")
    queries = [each.format(**objects.values) for each in VARIANTS.get(name, [])]
    for person in PEOPLE:
        client = sign_in(getattr(world, person))
        asked = [*((each, "") for each in methods), *(("GET", query) for query in queries)]
        # It is worked out like a GET and says nothing: once where names are shown is enough.
        for method, query in [*asked, *([("HEAD", "")] if person == "head_a" else [])]:
            with transaction.atomic():
                with CaptureQueriesContext(connection) as statements:
                    answer = client.generic(method, address + query)
                shown = names_in(answer)
                rows = list(NamesShown.objects.all())
                transaction.set_rollback(True)
            told = (person, method, query, answer.status_code, shown, rows)
            assert bool(rows) == bool(shown), told
            assert len(writings_of_the_trail(statements)) == bool(shown), told
            assert all(row.user == getattr(world, person) for row in rows)
            # Of one list or one record there is one row.
            assert len({(row.kind, row.school_class_id, row.pupil_id) for row in rows}) == len(rows)
            ever, most = ever or bool(shown), max(most, len(rows))
    assert ever == (name in SHOWING)
    assert (most > 1) == (name in SEVERAL)


def writings_of_the_trail(statements):
    return [each for each in statements if 'INTO "schools_namesshown"' in each["sql"]]


def test_a_row_says_who_what_where_when_and_how_many(world, sign_in):
    pupil = Pupil.objects.get(full_name="Giàng A Chua")
    client = sign_in(world.teacher_a)
    client.get(reverse("schools:school_class", args=[world.class_a.pk]), REMOTE_ADDR="192.0.2.9")
    row = NamesShown.objects.get()
    assert (row.user, row.user_name, row.roles) == (world.teacher_a, "Nguyễn Thị Hoa", "teacher")
    assert (row.kind, row.school, row.school_class) == ("roll", world.school_a, world.class_a)
    assert (row.pupil, row.names, row.at, row.address) == (None, 6, timezone.now(), "192.0.2.9")
    client.get(reverse("schools:pupil", args=[pupil.pk]))
    row = NamesShown.objects.get(kind=NamesKind.PUPIL)
    assert (row.pupil, row.school_class, row.names) == (pupil, world.class_a, 1)


def test_the_same_page_within_minutes_is_one_row_whose_last_time_moves_on(world, sign_in):
    url = reverse("schools:school_class", args=[world.class_a.pk])
    client = sign_in(world.teacher_a)
    with freeze_time("2026-10-12 00:10:00"):
        client.get(url)
    with freeze_time("2026-10-12 00:14:59"):
        client.get(url)
    row = NamesShown.objects.get()
    assert row.last_at - row.at == datetime.timedelta(minutes=4, seconds=59)
    with freeze_time("2026-10-12 00:15:00"):
        client.get(url)
    assert NamesShown.objects.count() == 2


def test_another_person_address_or_list_is_another_row(world, sign_in):
    url = reverse("schools:school_class", args=[world.class_a.pk])
    client = sign_in(world.teacher_a)
    client.get(url)
    client.get(url, REMOTE_ADDR="192.0.2.9")
    sign_in(world.head_a).get(url)
    client.get(reverse("attendance:month", args=[world.class_a.pk, "2026-10"]))
    assert NamesShown.objects.count() == 4


def test_a_phone_that_keeps_lists_leaves_a_row_for_each_class(world, sign_in):
    sign_in(world.head_a).get(reverse("api:offline"))
    rows = NamesShown.objects.filter(kind=NamesKind.DEVICE_LIST)
    assert dict(rows.values_list("school_class__name", "names")) == {"6A": 6, "1+2 Háng Lìa": 4}


def test_a_program_that_reads_a_roll_leaves_a_row_of_its_person(world):
    key = make_token(user=world.head_a, name="Máy khác", days=1)[1]
    answer = Client().get(
        reverse("api:roll", args=[world.class_a.pk]), headers={"Authorization": f"Bearer {key}"}
    )
    row = NamesShown.objects.get()
    assert (answer.status_code, row.user, row.kind, row.names) == (200, world.head_a, "api", 6)
    assert row.roles == "school_head"


def test_names_that_cannot_be_written_down_are_not_shown(world, sign_in, monkeypatch):
    def broken(*args, **kwargs):
        raise DatabaseError("no room")

    monkeypatch.setattr(access_trail.NamesShown.objects, "bulk_create", broken)
    client = sign_in(world.teacher_a)
    client.raise_request_exception = False
    answer = client.get(reverse("schools:school_class", args=[world.class_a.pk]))
    assert answer.status_code >= 500
    assert not names_in(answer)


def test_the_trail_costs_one_statement(world, sign_in):
    client = sign_in(world.head_a)
    for name, args, statements in [
        ("schools:school_class", [world.class_a.pk], 1),
        ("api:offline", [], 1),
        ("attendance:leaves", [], 0),
    ]:
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(name, args=args))
        touching = [each for each in queries if "schools_namesshown" in each["sql"]]
        assert len(touching) == len(writings_of_the_trail(queries)) == statements, name


def test_a_refused_form_with_names_leaves_a_row_although_its_operation_is_taken_back(
    world, sign_in
):
    url = reverse("attendance:leave_record", args=[world.class_a.pk])
    answer = sign_in(world.teacher_a).post(url, {"operation": str(uuid.uuid4())})
    assert (answer.status_code, NamesShown.objects.get().names) == (422, 6)
