"""Photos of a visit: there once however often they are sent, and kept as they are once recorded."""

import datetime
import io
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from core.models import Event
from core.workflow import IllegalTransition
from inspections.models import ChecklistItem, Member, VisitPhoto
from inspections.selectors.findings import photos_of
from inspections.services import photos as services
from inspections.services.plans import cancel_visit
from inspections.services.visits import record_visit
from schools.models import NamesShown
from tests.html_query import read
from tests.photos import GPS, JPEG, PNG, photo
from tests.world import make_user

D = datetime.date
TODAY = D(2026, 10, 12)
PDF = b"%PDF-1.4\n%%EOF"


@pytest.fixture
def visit(approved):
    return approved.visits.get()


@pytest.fixture
def colleague(visit, flagged):
    """Another member of the committee, who goes along."""
    user = make_user("colleague", "Tòng Văn Én", since=flagged.since)
    member = Member.objects.create(
        committee=flagged.committee, user=user, full_name="Tòng Văn Én", valid_from=flagged.since
    )
    visit.team.add(member)
    return user


def upload(content=JPEG, name="IMG_2026.jpg"):
    return SimpleUploadedFile(name, content)


def add(visit, by, *, content=JPEG, op_id=None, **more):
    return services.add_photo(
        visit=visit, upload=upload(content), op_id=op_id or uuid.uuid4(), by=by, **more
    )


def removals(tree):
    """Where the page's forms take a photo out."""
    actions = [form.get("action") or "" for form in tree.select("form")]
    return [action for action in actions if action.endswith("/remove/")]


def kinds():
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def test_a_photo_is_made_anew_without_its_place(visit, flagged):
    first = ChecklistItem.objects.order_by("place").first()
    kept = add(visit, flagged.member_user, item_id=first.pk)
    assert kept.file.name.startswith("visit_photos/")
    assert "IMG" not in kept.file.name
    with kept.file.open("rb") as file, Image.open(io.BytesIO(file.read())) as image:
        assert image.format == "JPEG"
        assert GPS not in image.getexif()
    assert [each.item for each in photos_of(visit)] == [first]
    assert kinds()[-1] == "visit.photo_added"


def test_the_same_photo_sent_twice_is_there_once(visit, flagged):
    op_id, events = uuid.uuid4(), len(kinds())
    one = add(visit, flagged.member_user, op_id=op_id)
    again = add(visit, flagged.member_user, op_id=op_id)
    assert (one.pk, VisitPhoto.objects.count(), len(kinds())) == (again.pk, 1, events + 1)


def test_two_devices_of_the_team_keep_both(visit, flagged, colleague):
    add(visit, flagged.member_user)
    add(visit, colleague, content=PNG)
    assert {each.made_by for each in photos_of(visit)} == {flagged.member_user, colleague}


@pytest.mark.parametrize("what", ["content", "person"])
def test_an_id_of_another_photo_is_refused(visit, flagged, colleague, what):
    op_id = uuid.uuid4()
    add(visit, flagged.member_user, op_id=op_id)
    by = colleague if what == "person" else flagged.member_user
    with pytest.raises(ValidationError) as refused:
        add(visit, by, op_id=op_id, content=PNG if what == "content" else JPEG)
    assert refused.value.code == "reused"
    assert VisitPhoto.objects.count() == 1


def test_a_photo_taken_out_is_gone_and_is_not_brought_back(
    visit, flagged, django_capture_on_commit_callbacks
):
    op_id = uuid.uuid4()
    kept = add(visit, flagged.member_user, op_id=op_id)
    storage, name = kept.file.storage, kept.file.name
    with django_capture_on_commit_callbacks(execute=True):
        services.remove_photo(photo=kept, by=flagged.member_user)
    assert not storage.exists(name)
    events = len(kinds())
    services.remove_photo(photo=kept, by=flagged.member_user)
    again = add(visit, flagged.member_user, op_id=op_id)
    assert (again.removed_at is not None, photos_of(visit).count()) == (True, 0)
    assert len(kinds()) == events
    assert kinds()[-1] == "visit.photo_removed"


def test_once_recorded_a_photo_stays_and_a_late_one_is_told(visit, flagged, colleague, sign_in):
    kept = add(visit, flagged.member_user)
    record_visit(visit=visit, visited_on=TODAY, result="Đủ", by=flagged.member_user)
    with pytest.raises(IllegalTransition) as refused:
        services.remove_photo(photo=kept, by=flagged.member_user)
    assert refused.value.messages == ["Đã ghi kết quả kiểm tra: ảnh được giữ nguyên."]
    late = add(visit, colleague, content=PNG)
    VisitPhoto.objects.filter(pk=late.pk).update(
        made_at=timezone.now() + datetime.timedelta(minutes=1)
    )
    tree = read(sign_in(flagged.member_user).get(reverse("inspections:photos", args=[visit.pk])))
    told = [text for text in tree.texts("li small") if "nhận sau khi ghi kết quả" in text]
    assert len(told) == 1
    assert not removals(tree)


def test_nothing_is_added_to_a_visit_called_off_or_by_others(visit, flagged):
    with pytest.raises(
        IllegalTransition, match="Chỉ thành viên phụ trách và người cùng đi"
    ) as refused:
        add(visit, flagged.province_officer)
    assert refused.value.code == "not_on_team"
    cancel_visit(visit=visit, reason="Mưa lũ", by=flagged.province_officer)
    with pytest.raises(IllegalTransition, match="Lượt kiểm tra này không thực hiện nữa nên"):
        add(visit, flagged.member_user)
    assert VisitPhoto.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (PDF, "other_kind"),
        (b"\xff\xd8\xff" + b"x" * 100, "damaged"),
        (b"<svg>", "other_kind"),
        (photo() + b"\0" * (5 * 1024 * 1024), "too_large"),
    ],
)
def test_what_is_no_sound_photo_is_refused(visit, flagged, content, code):
    with pytest.raises(ValidationError) as refused:
        add(visit, flagged.member_user, content=content)
    assert refused.value.code == code
    assert VisitPhoto.objects.count() == 0


@pytest.mark.parametrize(
    ("limit", "code"), [("PHOTOS_PER_HOUR", "later"), ("PHOTOS_PER_VISIT", "too_many")]
)
def test_a_person_and_a_visit_have_limits(visit, flagged, monkeypatch, limit, code):
    monkeypatch.setattr(services, limit, 2)
    for _number in range(2):
        add(visit, flagged.member_user)
    with pytest.raises(ValidationError) as refused:
        add(visit, flagged.member_user)
    assert refused.value.code == code
    assert VisitPhoto.objects.count() == 2


def test_a_question_that_is_not_asked_takes_no_photo(visit, flagged):
    with pytest.raises(ValidationError) as refused:
        add(visit, flagged.member_user, item_id=999_999)
    assert refused.value.code == "no_question"


def test_a_clock_that_is_ahead_says_no_hour(visit, flagged):
    now = timezone.now()
    sound = add(visit, flagged.member_user, taken_at=now - datetime.timedelta(hours=5))
    ahead = add(visit, flagged.member_user, taken_at=now + datetime.timedelta(days=1))
    assert (sound.taken_at, ahead.taken_at) == (now - datetime.timedelta(hours=5), None)


# --- The pages and the device --------------------------------------------------------------


def send(client, visit, **more):
    data = {"op_id": str(uuid.uuid4()), "item": "", "photo": upload()} | more
    return client.post(
        reverse("inspections:photos", args=[visit.pk]),
        data,
        headers={"accept": "application/json"},
    )


def test_a_device_is_told_by_the_id_that_its_photo_is_there(visit, flagged, sign_in):
    client, op_id = sign_in(flagged.member_user), str(uuid.uuid4())
    taken = (timezone.now() - datetime.timedelta(hours=1)).replace(microsecond=0)
    for _time in range(2):
        answer = send(client, visit, op_id=op_id, taken_at=taken.isoformat())
        assert (answer.status_code, answer.json()["op_id"]) == (201, op_id)
    assert VisitPhoto.objects.get().taken_at == taken


def test_a_device_reads_why_a_photo_is_not_taken(visit, flagged, sign_in, monkeypatch):
    client = sign_in(flagged.member_user)
    answer = send(client, visit, photo=upload(PDF))
    assert (answer.status_code, answer.json()["code"]) == (422, "other_kind")
    answer = send(client, visit, op_id="x")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    monkeypatch.setattr(services, "PHOTOS_PER_HOUR", 0)
    assert send(client, visit).status_code == 429
    cancel_visit(visit=visit, reason="Mưa lũ", by=flagged.province_officer)
    answer = send(client, visit)
    assert (answer.status_code, answer.json()["message"]) == (
        422,
        "Lượt kiểm tra này không thực hiện nữa nên không nhận thêm ảnh.",
    )
    assert VisitPhoto.objects.count() == 0


def test_without_a_script_a_photo_is_sent_from_a_file(visit, flagged, sign_in):
    client, path = sign_in(flagged.member_user), reverse("inspections:photos", args=[visit.pk])
    tree = read(client.get(path))
    op_id = tree.select("#by-file [name=op_id]")[0].get("value")
    assert client.post(path, {"op_id": op_id, "photo": upload()}).status_code == 302
    assert photos_of(visit).count() == 1
    bad = client.post(path, {"op_id": str(uuid.uuid4()), "photo": upload(PDF)})
    assert "Ở đây chỉ nhận ảnh (JPEG, PNG)." in bad.content.decode()
    shown = read(client.get(path))
    (remove,) = removals(shown)
    assert client.post(remove).status_code == 302
    assert photos_of(visit).count() == 0


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("member_user", 200),
        ("province_officer", 200),
        ("district_officer", 404),
        ("head_a", 403),
        ("teacher_a", 403),
        ("commune_officer", 403),
    ],
)
def test_who_reads_the_visit_opens_a_photo_and_leaves_a_trail(visit, flagged, sign_in, who, status):
    kept = add(visit, flagged.member_user)
    client = sign_in(getattr(flagged, who))
    answer = client.get(reverse("inspections:photo", args=[visit.pk, kept.pk]))
    assert answer.status_code == status
    assert NamesShown.objects.filter(kind="file").count() == (status == 200)
    if status == 200:
        assert answer["Content-Type"] == "image/jpeg"
        assert "no-store" in answer["Cache-Control"]
        assert b"".join(answer).startswith(b"\xff\xd8\xff")


def test_a_photo_taken_out_or_of_another_visit_is_not_there(visit, flagged, sign_in):
    kept = add(visit, flagged.member_user)
    client = sign_in(flagged.member_user)
    services.remove_photo(photo=kept, by=flagged.member_user)
    assert client.get(reverse("inspections:photo", args=[visit.pk, kept.pk])).status_code == 404
    assert client.get(reverse("inspections:photo", args=[visit.pk, 999])).status_code == 404


def test_the_minutes_count_the_photos(visit, flagged, sign_in):
    add(visit, flagged.member_user)
    add(visit, flagged.member_user, content=PNG)
    page = sign_in(flagged.member_user).get(reverse("inspections:minutes", args=[visit.pk]))
    assert "Kèm theo lượt kiểm tra này có 2 ảnh." in page.content.decode()


def test_a_list_of_photos_asks_as_often_for_many(
    visit, flagged, sign_in, django_assert_max_num_queries
):
    client = sign_in(flagged.member_user)
    for count in (1, 4):
        for _number in range(count):
            add(visit, flagged.member_user)
        with django_assert_max_num_queries(20):
            client.get(reverse("inspections:photos", args=[visit.pk]))
