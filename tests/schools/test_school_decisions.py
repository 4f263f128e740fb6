"""Schools opened, changed, moved, merged, split and closed: what is done, shown and refused."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import RoleGrant
from core.models import Event
from reports.models import StaleMonth
from schools.models import (
    Enrolment,
    Placement,
    School,
    SchoolChange,
    SchoolClass,
    SchoolStatus,
    SchoolYear,
    Site,
)
from schools.school_records.services.changes import change_school, move_school, preview_move
from schools.school_records.services.decisions import Decision
from schools.school_records.services.endings import (
    Merger,
    Split,
    close_school,
    merge_schools,
    preview_merge,
    preview_split,
    split_school,
)
from tests.html_query import read
from tests.reports.register_builders import take
from tests.world import make_class, make_school, make_user

pytestmark = pytest.mark.django_db

DAY = datetime.date(2026, 11, 2)
DECIDED = datetime.date(2026, 10, 1)
PAPER = {"decision": "99/QĐ-UBND", "decided_on": "2026-10-01"}


def by_paper(on=DAY):
    return Decision(on, "99/QĐ-UBND", DECIDED)


def roll(school_class, day):
    spells = Enrolment.objects.on(day).filter(school_class=school_class)
    return sorted(spells.values_list("pupil__full_name", flat=True))


def neighbour(world):
    """A second school in the commune of school A, with a class 6A of two pupils."""
    school = make_school("12A2", "THCS A Hai", "THCS", world.commune_a, world.since)
    names = ["Sùng A Lử", "Vàng A Sái"]
    return school, make_class(school, world.year, "6A", "THCS", "6", names)


def confirmed(client, url, **fields):
    """Send a form, look at the preview, confirm it; returns both answers."""
    first = client.post(url, fields)
    shown = read(first)
    seen = shown.one("input[name=seen]").get("value")
    return shown, client.post(url, fields | {"seen": seen})


# --- Opening ---------------------------------------------------------------------------


def test_an_office_opens_a_school_with_its_sites(world, sign_in):
    client = sign_in(world.province_officer)
    answer = client.post(
        reverse("schools:school_open"),
        {
            "code": "12C1",
            "name": "Tiểu học  Háng Đề",
            "levels": ["TH"],
            "kind": "PTDTBT",
            "commune": world.commune_a2.pk,
            "main_site": "Điểm chính",
            "sites": "Nà Khằm\n\nSin Câu\n",
            "on": "2026-10-12",
            **PAPER,
        },
    )
    school = School.objects.get(code="12C1")
    assert answer.url == reverse("schools:record", args=[school.pk])
    assert (school.name, school.levels) == ("Tiểu học Háng Đề", "TH")
    assert school.placements.get().commune == world.commune_a2
    assert school.statuses.get().kind == "PTDTBT"
    assert [site.name for site in school.sites.all()] == ["Điểm chính", "Nà Khằm", "Sin Câu"]
    change = school.changes.get()
    assert (change.kind, change.decision, change.decided_on) == ("opened", "99/QĐ-UBND", DECIDED)


@pytest.mark.parametrize(
    ("field", "value"),
    [("code", "12A1"), ("sites", "Nà Khằm\nna kham"), ("decided_on", "")],
)
def test_a_school_that_cannot_be_opened_leaves_nothing(world, sign_in, field, value):
    fields = {
        "code": "12C1",
        "name": "TH Mới",
        "levels": ["TH"],
        "kind": "regular",
        "commune": world.commune_a2.pk,
        "on": "2026-10-12",
        **PAPER,
    }
    before = School.objects.count(), Site.objects.count(), Event.objects.count()
    url = reverse("schools:school_open")
    answer = sign_in(world.province_officer).post(url, fields | {field: value})
    assert answer.status_code == 422
    assert read(answer).select(".field--error")
    assert (School.objects.count(), Site.objects.count(), Event.objects.count()) == before


def test_an_officer_of_a_place_opens_no_school_elsewhere(world, sign_in):
    officer = make_user(
        "officer_a", "Lê Văn Tú", "province_officer", since=world.since, area=world.cluster
    )
    client = sign_in(officer)
    offered = read(client.get(reverse("schools:school_open"))).texts("#id_commune option")
    assert offered == ["—", "Xã A Hai", "Xã A Một"]
    for name in ("record", "school_close"):
        assert client.get(reverse(f"schools:{name}", args=[world.school_b.pk])).status_code == 404


def test_an_administrator_keeps_schools_of_every_place(world, sign_in):
    tree = read(sign_in(world.system_admin).get(reverse("schools:records")))
    assert tree.texts("tbody th a") == ["TH&THCS A Một", "THCS B Một"]


# --- Changing --------------------------------------------------------------------------


def test_a_type_changes_from_a_day_and_a_name_at_once(world, sign_in):
    school = world.school_a
    SchoolStatus.objects.create(school=school, kind="regular", valid_from=world.since)
    change_school(
        school=school,
        code=school.code,
        name="PTDTBT TH&THCS A Một",
        levels=["TH", "THCS"],
        kind="PTDTBT",
        decision=by_paper(datetime.date(2026, 10, 12)),
        by=world.province_officer,
    )
    school.refresh_from_db()
    assert school.name == "PTDTBT TH&THCS A Một"
    assert list(school.statuses.order_by("valid_from").values_list("kind", "valid_to")) == [
        ("regular", datetime.date(2026, 10, 12)),
        ("PTDTBT", None),
    ]
    assert list(school.history.order_by("history_id").values_list("name", flat=True)) == [
        "TH&THCS A Một",
        "PTDTBT TH&THCS A Một",
    ]
    event = Event.objects.get(kind="school.changed")
    assert event.changes["kind"] == ["regular", "PTDTBT"]
    assert event.reason == "99/QĐ-UBND"


def test_a_name_cannot_be_set_for_a_day_to_come(world):
    with pytest.raises(ValidationError) as refused:
        change_school(
            school=world.school_a,
            code="12A1",
            name="Tên khác",
            levels=["TH", "THCS"],
            kind="",
            decision=by_paper(DAY),
            by=world.province_officer,
        )
    assert list(refused.value.message_dict) == ["on"]


def test_a_level_with_classes_is_not_given_up(world):
    with pytest.raises(ValidationError) as refused:
        change_school(
            school=world.school_a,
            code="12A1",
            name="TH A Một",
            levels=["TH"],
            kind="",
            decision=by_paper(datetime.date(2026, 10, 12)),
            by=world.province_officer,
        )
    assert "6A" in refused.value.message_dict["levels"][0]


# --- Moving ----------------------------------------------------------------------------


def test_a_school_is_moved_after_its_preview(world, sign_in):
    url = reverse("schools:school_move", args=[world.school_a.pk])
    shown, answer = confirmed(
        sign_in(world.province_officer),
        url,
        commune=world.commune_b.pk,
        on="2026-11-02",
        **PAPER,
    )
    said = shown.one("section.card").text
    assert "02/11/2026" in said
    assert "Xã B Một" in said
    assert "10 học sinh" in said
    assert answer.url == reverse("schools:record", args=[world.school_a.pk])
    placements = Placement.objects.filter(school=world.school_a).order_by("valid_from")
    assert list(placements.values_list("commune__name", "valid_from", "valid_to")) == [
        ("A Một", world.since, DAY),
        ("B Một", DAY, None),
    ]
    assert Event.objects.filter(kind="school.moved").count() == 1


def test_a_preview_alone_changes_nothing(world, sign_in):
    url = reverse("schools:school_move", args=[world.school_a.pk])
    fields = {"commune": world.commune_b.pk, "on": "2026-11-02", **PAPER}
    client = sign_in(world.province_officer)
    assert client.post(url, fields).status_code == 200
    # What was confirmed is another preview than this one.
    assert client.post(url, fields | {"seen": "0" * 16}).status_code == 200
    assert Placement.objects.filter(school=world.school_a).count() == 1
    assert not SchoolChange.objects.exists()


def test_a_move_is_refused_with_a_reason(world):
    move_school(
        school=world.school_a,
        commune=world.commune_a2,
        decision=by_paper(DAY),
        by=world.province_officer,
    )
    assert len(preview_move(world.school_a, world.commune_a2, DAY).refusals) == 2
    with pytest.raises(ValidationError):
        move_school(
            school=world.school_a,
            commune=world.commune_b,
            decision=by_paper(DAY),
            by=world.province_officer,
        )
    assert Placement.objects.filter(school=world.school_a).count() == 2


# --- Closing ---------------------------------------------------------------------------


def test_a_school_with_pupils_is_not_closed(world, sign_in):
    url = reverse("schools:school_close", args=[world.school_b.pk])
    answer = sign_in(world.province_officer).post(url, {"on": "2026-11-02", **PAPER})
    said = read(answer).one("[role=alert]").text
    assert "3 học sinh" in said
    assert "6B" in said
    with pytest.raises(ValidationError):
        close_school(school=world.school_b, decision=by_paper(), by=world.province_officer)
    assert School.objects.get(pk=world.school_b.pk).valid_to is None


def test_a_school_without_pupils_is_closed_with_all_that_is_dated(world):
    school = make_school("12A3", "TH Cũ", "TH", world.commune_a, world.since)
    empty = make_class(school, world.year, "1A", "TH", "1", [])
    close_school(school=school, decision=by_paper(), by=world.province_officer)
    school.refresh_from_db()
    empty.refresh_from_db()
    assert (school.valid_to, empty.ended_on) == (DAY, DAY)
    assert school.placements.get().valid_to == DAY
    assert school.sites.get().valid_to == DAY
    assert not SchoolClass.objects.running_on(DAY).filter(pk=empty.pk).exists()


# --- Merging ---------------------------------------------------------------------------


def test_schools_merge_in_the_year_with_classes_pupils_sites_and_teachers(world):
    other, class_there = neighbour(world)
    teacher = make_user(
        "teacher_c", "Lò Văn Tâm", "teacher", since=world.since, school_class=class_there
    )
    merger = Merger(world.school_a, [other], "TH&THCS A Một")
    told = preview_merge(merger, DAY)
    assert not told.refusals
    assert any("6A (2)" in sentence for sentence in told.sentences)
    merged = merge_schools(merger=merger, decision=by_paper(), by=world.province_officer)

    assert merged == world.school_a
    other.refresh_from_db()
    class_there.refresh_from_db()
    assert (other.valid_to, class_there.ended_on) == (DAY, DAY)
    new = SchoolClass.objects.get(school=merged, name="6A (2)")
    assert (new.grades, new.site.name) == ("6", "THCS A Hai – Điểm chính")
    eve = DAY - datetime.timedelta(days=1)
    assert roll(class_there, eve) == ["Sùng A Lử", "Vàng A Sái"]
    assert roll(class_there, DAY) == []
    assert roll(new, DAY) == ["Sùng A Lử", "Vàng A Sái"]
    assert roll(new, eve) == []
    spells = Enrolment.objects.filter(school_class=class_there)
    assert set(spells.values_list("exit_reason", flat=True)) == {"class"}
    held = RoleGrant.objects.filter(user=teacher).order_by("valid_from")
    assert list(held.values_list("school_class", "valid_to")) == [
        (class_there.pk, DAY),
        (new.pk, None),
    ]
    parts = dict(SchoolChange.objects.get().parts.values_list("school__code", "part"))
    assert parts == {"12A1": "went_on", "12A2": "ended"}


def test_a_new_code_makes_a_new_school_of_both(world):
    other, _class_there = neighbour(world)
    merger = Merger(world.school_a, [other], "TH&THCS Mới", "12N1")
    merged = merge_schools(merger=merger, decision=by_paper(), by=world.province_officer)
    assert (merged.code, merged.levels, merged.valid_from) == ("12N1", "TH,THCS", DAY)
    assert merged.placements.get().commune == world.commune_a
    assert merged.sites.get(is_main=True).name == "Điểm chính"
    names = SchoolClass.objects.filter(school=merged).values_list("name", flat=True)
    assert sorted(names) == ["1+2 Háng Lìa", "6A", "6A (2)"]
    assert not School.objects.on(DAY).filter(code__in=["12A1", "12A2"]).exists()
    # Who lay on one roll lies on one roll.
    assert Enrolment.objects.on(DAY).filter(school=merged).count() == 12


def test_classes_of_a_year_to_come_go_over_as_they_are(world):
    other, _class_there = neighbour(world)
    coming = SchoolYear.objects.create(
        code="2027-2028",
        valid_from=world.year.valid_to,
        valid_to=datetime.date(2028, 8, 1),
    )
    planned = make_class(other, coming, "7A", "THCS", "7", ["Giàng A Páo"])
    merge_schools(
        merger=Merger(world.school_a, [other], "TH&THCS A Một"),
        decision=by_paper(),
        by=world.province_officer,
    )
    planned.refresh_from_db()
    assert (planned.school, planned.ended_on) == (world.school_a, None)
    assert planned.spells.get().school == world.school_a


def test_schools_do_not_merge_over_registers_already_sent(world):
    other, class_there = neighbour(world)
    take(class_there, DAY)
    merger = Merger(world.school_a, [other], "TH&THCS A Một")
    told = preview_merge(merger, DAY)
    assert "02/11/2026" in told.refusals[0]
    with pytest.raises(ValidationError):
        merge_schools(merger=merger, decision=by_paper(), by=world.province_officer)
    assert not preview_merge(merger, DAY + datetime.timedelta(days=1)).refusals


def test_a_merger_is_named_by_codes_of_other_communes_too(world, sign_in):
    url = reverse("schools:school_merge", args=[world.school_a.pk])
    shown, answer = confirmed(
        sign_in(world.province_officer),
        url,
        codes="12B1",
        name="TH&THCS A và B",
        on="2026-11-02",
        **PAPER,
    )
    assert "3 học sinh" in shown.one("section.card").text
    assert answer.status_code == 302
    world.school_a.refresh_from_db()
    assert world.school_a.name == "TH&THCS A và B"
    said = sign_in(world.province_officer).post(url, {"codes": "KHONG", "name": "X"})
    assert said.status_code == 422


def test_the_months_from_the_day_on_are_counted_again(world):
    other, class_there = neighbour(world)
    today = datetime.date(2026, 10, 12)
    StaleMonth.objects.all().delete()
    merge_schools(
        merger=Merger(world.school_a, [other], "TH&THCS A Một"),
        decision=Decision(today, "9/QĐ", DECIDED),
        by=world.province_officer,
    )
    new = SchoolClass.objects.get(school=world.school_a, name="6A (2)")
    stale = set(StaleMonth.objects.values_list("school_class_id", flat=True))
    assert {class_there.pk, new.pk} <= stale


# --- Splitting -------------------------------------------------------------------------


def test_a_site_becomes_a_school_of_its_own(world):
    split = Split(
        school=world.school_a,
        code="12H1",
        name="TH Háng Lìa",
        kind="regular",
        commune=world.commune_a2,
        sites=[world.site_a],
    )
    assert not preview_split(split, DAY).refusals
    new = split_school(split=split, decision=by_paper(), by=world.province_officer)
    assert (new.levels, new.sites.get().name) == ("TH", "Háng Lìa")
    assert new.sites.get().is_main
    there = SchoolClass.objects.get(school=new)
    assert there.name == "1+2 Háng Lìa"
    assert len(roll(there, DAY)) == 4
    assert len(roll(world.class_a, DAY)) == 6
    world.site_a.refresh_from_db()
    assert world.site_a.valid_to == DAY


def test_a_level_is_given_up_to_a_school_of_its_own(world):
    split = Split(
        school=world.school_a,
        code="12H1",
        name="THCS A Một",
        kind="regular",
        commune=world.commune_a,
        given_up=["THCS"],
    )
    new = split_school(split=split, decision=by_paper(), by=world.province_officer)
    world.school_a.refresh_from_db()
    assert (new.levels, world.school_a.levels) == ("THCS", "TH")
    assert [each.name for each in SchoolClass.objects.filter(school=new)] == ["6A"]


@pytest.mark.parametrize(
    ("given", "word"),
    [({}, "điểm trường"), ({"given_up": ["TH", "THCS"]}, "cấp"), ({"code": "12B1"}, "12B1")],
)
def test_a_split_that_leaves_nothing_is_refused(world, given, word):
    values = {"code": "12H1", "given_up": []} | given
    split = Split(
        school=world.school_a,
        name="Mới",
        kind="regular",
        commune=world.commune_a,
        **values,
    )
    refusals = preview_split(split, DAY).refusals
    assert any(word in refusal for refusal in refusals)
    with pytest.raises(ValidationError):
        split_school(split=split, decision=by_paper(), by=world.province_officer)


@pytest.mark.parametrize("key", [2**63, -(2**63) - 1, 10**40])
def test_a_site_with_a_key_that_no_row_has_is_refused(world, sign_in, key):
    url = reverse("schools:school_split", args=[world.school_a.pk])
    answer = sign_in(world.province_officer).post(url, {"sites": [world.site_a.pk, key]})
    assert answer.status_code == 422
    assert f"“{key}” không hợp lệ" in answer.content.decode()


# --- The record ------------------------------------------------------------------------


def test_the_record_names_every_decision_and_the_schools_of_it(world, sign_in):
    other, _class_there = neighbour(world)
    merge_schools(
        merger=Merger(world.school_a, [other], "TH&THCS A Một"),
        decision=by_paper(),
        by=world.province_officer,
    )
    client = sign_in(world.province_officer)
    tree = read(client.get(reverse("schools:record", args=[other.pk])))
    said = tree.one("main").text
    assert "99/QĐ-UBND" in said
    assert "TH&THCS A Một" in said
    closed = read(client.get(reverse("schools:records") + "?state=closed"))
    # It ends on a day to come.
    assert closed.texts("tbody th a") == []


def test_a_decision_dated_in_the_future_is_refused(world):
    with pytest.raises(ValidationError) as refused:
        close_school(
            school=make_school("12A3", "TH Cũ", "TH", world.commune_a, world.since),
            decision=Decision(DAY, "1/QĐ", datetime.date(2026, 12, 1)),
            by=world.province_officer,
        )
    assert list(refused.value.message_dict) == ["decided_on"]
