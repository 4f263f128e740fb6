"""Decrees applied to the map of units: previewed, refused whole, applied, taken back."""

import csv
import datetime
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import RoleGrant
from accounts.scoping import scope_for
from accounts.services import end_grant
from attendance.models import PeriodLock
from core.models import Event
from core.permissions import Permission as P
from core.province import province
from inspections.models import Assignment, Committee, Member
from reports.models import Flag, Target
from schools.areas.services.placements import move_placements_to_successors
from schools.areas.services.units import load_units
from schools.models import (
    Area,
    ClusterMembership,
    Placement,
    Reorganisation,
    School,
    Succession,
)
from schools.reorganisations import services
from schools.reorganisations.decree_files import MOST_BYTES, read_decree
from schools.reorganisations.followers import words
from schools.reorganisations.services import (
    PreviewChanged,
    look_at,
    look_at_undoing,
    reorganise,
    seen_of,
    take_back,
    tell,
)
from schools.reorganisations.templates import empty_table
from tests.html_query import read
from tests.schools.decrees import decree, decree_file, line
from tests.world import make_area, make_school, make_user

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 10, 1)
# A Một and A Hai become one commune under the code of A Hai.
MERGER = [
    line("03001", "03002", name="A Mới", kind="xã", parent="12"),
    line("03002", "03002"),
]


def rows_of(name):
    with (province().folder / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def decree_of(day, number):
    """The decree of a day, as its file would have been written from the official lists."""
    areas = [row for row in rows_of("areas.csv") if row["valid_from"] == day]
    into = {row["code"]: row for row in areas if row["level"] == "3"}
    lines = [
        line(
            row["old_code"],
            row["new_code"],
            name=new.get("name", ""),
            kind={"xa": "xã", "phuong": "phường", "thi_tran": "thị trấn"}.get(new.get("kind"), ""),
            parent=new.get("parent_code", ""),
        )
        for row in rows_of("successions.csv")
        if row["effective_on"] == day
        for new in [into.get(row["new_code"], {})]
    ]
    ended = [row for row in rows_of("areas.csv") if row["valid_to"] == day and row["level"] == "2"]
    lines += [line(row["code"], about="huyện") for row in ended]
    return decree(lines, number=number, decided_on="16/06/2019", effective_on=day)


def content():
    """The map as everything that reads it sees it."""
    areas = Area.objects.order_by("level", "code", "valid_from").values_list(
        *("level", "code", "name", "kind", "valid_from", "valid_to"),
        *("parent__code", "parent__level", "parent__valid_from"),
    )
    joined = Succession.objects.order_by("old__code", "new__code", "effective_on").values_list(
        "old__code", "old__valid_from", "new__code", "new__valid_from", "effective_on"
    )
    return list(areas), list(joined)


def test_the_decrees_of_2020_and_2025_end_in_the_official_map(db):
    load_units(until=datetime.date(2015, 9, 5))
    reorganise(decree=decree_of("2020-03-01", "866"), by=None)
    reorganise(decree=decree_of("2025-07-01", "1670"), by=None)
    by_decrees = content()
    again = load_units()
    assert (again.areas.created, again.successions.created) == (0, 0)
    assert content() == by_decrees
    Reorganisation.objects.all().delete()
    Succession.objects.all().delete()
    for level in (3, 2, 1):
        Area.objects.filter(level=level).delete()
    load_units()
    assert by_decrees == content()


def state():
    """Every row that a decree writes."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (Area, Succession, ClusterMembership, Placement, RoleGrant, Assignment)
    ]


def refusals(lines, **head):
    """What refuses a decree; nothing was written."""
    before = state()
    with pytest.raises(ValidationError) as refused:
        reorganise(decree=decree(lines, **head), by=None)
    assert state() == before
    assert not Reorganisation.objects.exists()
    return refused.value.messages


def placed(school, on=DAY):
    return school.placements.on(on).get().commune


def test_a_merger_ends_both_units_and_takes_their_schools_along(world):
    said = "\n".join(tell(look_at(decree(MERGER), by=None)))
    assert "Xã A Mới (03002) ← Xã A Một (03001), Xã A Hai (03002)" in said
    assert "1 trường theo xã của mình sang đơn vị mới" in said
    done = reorganise(decree=decree(MERGER), by=world.system_admin)
    new = Area.objects.get(name="A Mới")
    assert (new.code, new.valid_from, new.parent) == ("03002", DAY, world.province)
    assert new.decree == "12/NQ-HĐND ngày 15/09/2026"
    for old in (world.commune_a, world.commune_a2):
        old.refresh_from_db()
        assert old.valid_to == DAY
        assert old.successions_out.get().new == new
    assert placed(world.school_a) == new
    assert placed(world.school_a, datetime.date(2026, 9, 30)) == world.commune_a
    assert placed(world.school_b) == world.commune_b
    assert new.cluster_memberships.get().cluster == world.cluster
    event = Event.objects.get(kind="units.decree_applied")
    assert (event.reason, event.object_id) == ("12/NQ-HĐND ngày 15/09/2026", str(done.pk))
    assert event.changes["ended"] == [None, 2]


def test_a_unit_that_only_gains_land_keeps_its_version(world):
    reorganise(decree=decree([line("03001", "03003")]), by=None)
    world.commune_b.refresh_from_db()
    assert world.commune_b.valid_to is None
    assert placed(world.school_a) == world.commune_b


def test_a_renamed_district_takes_its_communes_and_their_villages_along(world):
    since = datetime.date(2025, 7, 1)
    district = make_area(2, "huyen", "106", "Cũ", world.province, valid_from=since)
    commune = make_area(3, "xa", "03004", "Trong Huyện", district, valid_from=since)
    village = make_area(4, "ban", "B1", "Bản Một", commune, valid_from=since)
    school = make_school("12H1", "TH Trong Huyện", "TH", commune, world.since)
    reorganise(decree=decree([line("106", "106", name="Mới", about="huyện")]), by=None)
    now = placed(school)
    assert (now.name, now.parent.name, now.valid_from) == ("Trong Huyện", "Mới", DAY)
    assert Area.objects.on(DAY).get(code="B1").parent == now
    assert Area.objects.on(DAY - datetime.timedelta(days=1)).get(code="B1") == village


def test_a_school_and_a_village_move_alone(world):
    village = make_area(4, "ban", "B1", "Bản Một", world.commune_a)
    reorganise(
        decree=decree(
            [
                line("12A1", about="trường", parent="03003"),
                line("B1", about="bản", parent="03003"),
            ]
        ),
        by=world.system_admin,
    )
    assert placed(world.school_a) == world.commune_b
    assert world.school_a.changes.get().decision == "12/NQ-HĐND"
    village.refresh_from_db()
    assert village.valid_to == DAY
    assert Area.objects.on(DAY).get(code="B1").parent == world.commune_b
    world.commune_a.refresh_from_db()
    assert world.commune_a.valid_to is None
    take_back(number="12/NQ-HĐND", by=world.system_admin)
    assert placed(world.school_a) == world.commune_a
    assert not world.school_a.changes.exists()


def test_a_divided_commune_asks_where_each_school_lies(world):
    lines = [
        line("03001", "03001", name="A Một"),
        line("03001", "03003"),
    ]
    (said,) = refusals(lines)
    assert said == (
        "Xã A Một chia vào nhiều đơn vị. Với mỗi trường ở đó, thêm một dòng cho biết trường thuộc "
        "xã nào: TH&THCS A Một (12A1)."
    )
    reorganise(decree=decree([*lines, line("12A1", about="trường", parent="03003")]), by=None)
    assert placed(world.school_a) == world.commune_b


def test_nothing_goes_along_that_nobody_chose(world):
    reorganise(decree=decree(MERGER), by=world.system_admin)
    assert scope_for(world.commune_officer, on=DAY).grants == []
    assert not Assignment.objects.filter(commune__name="A Mới").exists()


@pytest.mark.parametrize("how", ["by the file", "by the command"])
def test_roles_and_assignments_go_along_when_chosen(world, how):
    lines = [MERGER[0] | {"carries": "vai trò, phân công"}, MERGER[1]]
    chosen = () if how == "by the file" else ("grants", "assignments")
    asked = decree(lines if how == "by the file" else MERGER)
    said = "\n".join(tell(look_at(asked, by=world.system_admin, carry=chosen)))
    assert "Mang theo, do đã chọn (vai trò): 1." in said
    reorganise(decree=asked, by=world.system_admin, carry=chosen)
    new = Area.objects.get(name="A Mới")
    assert new.pk in scope_for(world.commune_officer).places(P.VIEW_FIGURES).areas
    given = RoleGrant.objects.get(area=new)
    assert (given.valid_from, given.granted_by) == (world.today, world.system_admin)
    old = RoleGrant.objects.get(area=world.commune_a)
    assert old.valid_to is None, "what was held is not rewritten"
    carried = Assignment.objects.get(commune=new)
    before = Assignment.objects.get(commune=world.commune_a)
    assert (carried.member, carried.valid_from) == (before.member, DAY)
    take_back(number="12/NQ-HĐND", by=world.system_admin)
    assert not RoleGrant.objects.filter(valid_from__gte=DAY).exists()
    assert not Assignment.objects.filter(valid_from=DAY).exists()
    kinds = set(Event.objects.values_list("kind", flat=True))
    assert {"role.given", "role.taken_back", "units.decree_taken_back"} <= kinds


def test_two_members_for_one_commune_are_refused(world):
    member = Assignment.objects.get(commune=world.commune_a).member
    other = type(member).objects.create(
        committee=member.committee, full_name="Ông Khác", valid_from=world.since
    )
    Assignment.objects.create(
        committee=member.committee, member=other, commune=world.commune_a2, valid_from=world.since
    )
    lines = [each | {"carries": "phân công"} for each in MERGER]
    (said,) = refusals(lines)
    assert "hai thành viên" in said
    assert "Ông Khác" in said


def carried(what, lines=MERGER, **head):
    """A decree with which something goes along."""
    return decree([each | {"carries": what} for each in lines], **head)


def periods(rows):
    return sorted(rows.values_list("valid_from", "valid_to"))


def give(user, area, start, end=None, role="commune_officer"):
    return RoleGrant.objects.create(user=user, role=role, area=area, valid_from=start, valid_to=end)


def test_each_period_of_a_role_goes_along_once_and_none_begins_in_the_past(world):
    """The form gives no role from a day that is over, and none twice."""
    person, new_year = world.nobody, datetime.date(2027, 1, 1)
    give(person, world.commune_a, world.since, datetime.date(2026, 10, 5))
    give(person, world.commune_a, world.since, datetime.date(2026, 11, 1))
    give(person, world.commune_a2, world.since, datetime.date(2026, 12, 1))
    give(person, world.commune_a, new_year)
    reorganise(decree=carried("vai trò"), by=world.system_admin)
    assert periods(RoleGrant.objects.filter(user=person, area__name="A Mới")) == [
        (world.today, datetime.date(2026, 11, 1)),
        (datetime.date(2026, 11, 1), datetime.date(2026, 12, 1)),
        (new_year, None),
    ]


def test_a_role_held_in_the_new_unit_already_is_given_for_the_other_days_alone(world):
    end = datetime.date(2026, 12, 1)
    held = give(world.commune_officer, world.commune_b, world.since, end)
    reorganise(decree=carried("vai trò", [line("03001", "03003")]), by=world.system_admin)
    now = RoleGrant.objects.filter(user=world.commune_officer, area=world.commune_b)
    assert periods(now) == [(held.valid_from, end), (end, None)]
    take_back(number="12/NQ-HĐND", by=world.system_admin)
    assert now.get() == held, "what was held before stays"


def test_nobody_carries_a_role_or_an_assignment_of_their_own(world):
    own = give(world.system_admin, world.commune_a, world.since)
    asked = carried("vai trò")
    with pytest.raises(ValidationError, match="không ai tự giao vai trò cho mình"):
        reorganise(decree=asked, by=world.system_admin)
    own.refresh_from_db()
    assert own.valid_to is None
    assert not Reorganisation.objects.exists()
    world.member.user = world.system_admin
    world.member.save()
    with pytest.raises(ValidationError, match="không ai tự mở tên trẻ cho mình"):
        reorganise(decree=carried("phân công"), by=world.system_admin)
    other = make_user("qt2", "Quản Trị Hai", "system_admin", since=world.since)
    reorganise(decree=carried("vai trò, phân công"), by=other)
    given = RoleGrant.objects.get(user=world.system_admin, area__name="A Mới")
    assert given.granted_by == other
    assert Assignment.objects.filter(commune__name="A Mới", member=world.member).exists()


def test_only_what_one_may_give_goes_along(world):
    """By hand a role for a commune is given for no district, and by those above alone."""
    give(world.nobody, world.commune_a, world.since, role="district_officer")
    (said,) = refusals([each | {"carries": "vai trò"} for each in MERGER])
    assert "không được giao ở đơn vị mới" in said
    for act in (
        lambda: reorganise(decree=decree(MERGER), by=world.province_officer),
        lambda: take_back(number="12/NQ-HĐND", by=world.province_officer),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_closed_accounts_hold_nothing_that_goes_along(world):
    type(world.commune_officer).objects.filter(pk=world.commune_officer.pk).update(is_active=False)
    reorganise(decree=carried("vai trò"), by=world.system_admin)
    assert not RoleGrant.objects.filter(area__name="A Mới").exists()


def test_members_one_after_the_other_go_along_within_their_terms(world):
    change, leaves = datetime.date(2026, 12, 1), datetime.date(2027, 3, 1)
    Assignment.objects.filter(pk=world.assignment.pk).update(valid_to=change)
    other = Member.objects.create(
        committee=world.committee, full_name="Ông Khác", valid_from=world.since, valid_to=leaves
    )
    for start, end in [(change, datetime.date(2027, 1, 1)), (datetime.date(2027, 2, 1), None)]:
        Assignment.objects.create(
            committee=world.committee,
            member=other,
            commune=world.commune_a2,
            valid_from=start,
            valid_to=end,
        )
    reorganise(decree=carried("phân công"), by=world.system_admin)
    now = Assignment.objects.filter(commune__name="A Mới")
    assert periods(now.filter(member=world.member)) == [(DAY, change)]
    assert periods(now.filter(member=other)) == [
        (change, datetime.date(2027, 1, 1)),
        (datetime.date(2027, 2, 1), leaves),
    ]


def test_an_assignment_goes_along_into_the_area_of_its_committee_alone(world):
    of_cluster = Committee.objects.create(
        area=world.cluster, name="Ban Chỉ đạo Cụm A", valid_from=world.since
    )
    member = Member.objects.create(committee=of_cluster, full_name="Bà Cụm", valid_from=world.since)
    Assignment.objects.create(
        committee=of_cluster, member=member, commune=world.commune_a, valid_from=world.since
    )
    into_b = [line("03001", "03003", carries="phân công")]
    (said,) = refusals(into_b)
    assert said.startswith("Xã B Một sẽ không thuộc địa bàn của “Ban Chỉ đạo Cụm A”")
    reorganise(decree=carried("phân công"), by=world.system_admin)
    assert Assignment.objects.filter(commune__name="A Mới").count() == 2


def test_what_went_along_and_changed_is_not_taken_back(world):
    reorganise(decree=carried("vai trò, phân công"), by=world.system_admin)
    end = world.today + datetime.timedelta(days=30)
    given = RoleGrant.objects.get(area__name="A Mới")
    end_grant(grant=given, on=end, by=world.system_admin)
    Assignment.objects.filter(commune__name="A Mới").delete()
    with pytest.raises(ValidationError) as refused:
        take_back(number="12/NQ-HĐND", by=world.system_admin)
    assert refused.value.messages == [
        "Từ đó đến nay, phân công phụ trách đã mang theo có thay đổi: 1. Hãy sắp xếp lại bằng "
        "quyết định khác.",
        "Từ đó đến nay, vai trò được giao đã mang theo có thay đổi: 1. Hãy sắp xếp lại bằng quyết "
        "định khác.",
    ]


def test_a_decree_of_which_only_the_keys_were_kept_is_taken_back(world):
    """As it was written before the values of what went along were kept."""
    done = reorganise(decree=carried("vai trò, phân công"), by=world.system_admin)
    wrote = done.wrote
    wrote["carried"] = {code: [int(pk) for pk in rows] for code, rows in wrote["carried"].items()}
    Reorganisation.objects.filter(pk=done.pk).update(wrote=wrote)
    take_back(number="12/NQ-HĐND", by=world.system_admin)
    assert not RoleGrant.objects.filter(area__name="A Mới").exists()
    assert not Area.objects.filter(name="A Mới").exists()


REFUSED = {
    "unknown code": ([line("09999", "03002")], "Dòng 2: không có xã nào mang mã 09999"),
    "no target": ([line("03001")], "Dòng 2: 03001 chưa có nơi nhận"),
    "stands twice": ([line("03001", "03003"), line("03001", "03003")], "Dòng 3: 03001 → 03003"),
    "circle": ([line("03001", "03002"), line("03002", "03001")], "nhập vòng vào nhau"),
    "no name": (
        [line("03001", "03777"), line("03002", "03777")],
        "Dòng 2: 03777 bắt đầu từ 01/10/2026: hãy điền tên mới.",
    ),
    "two names": (
        [line("03001", "03777", name="Một"), line("03002", "03777", name="Hai")],
        "Dòng 3: 03777 được ghi hai cách khác nhau: Một; Hai",
    ),
    "renames one that goes on": (
        [line("03001", "03003", name="Tên Khác")],
        "Dòng 2: 03003 là Xã B Một và vẫn tiếp tục",
    ),
    "no such unit above": (
        [line("03001", "03001", parent="777")],
        "Dòng 2: không có đơn vị 777 ở cấp trên",
    ),
    "cluster": ([line("C1", "C2", about="huyện")], "Dòng 2: Cụm Cụm A là cụm"),
    "unknown school": (
        [line("XX", about="trường", parent="03003")],
        "Dòng 2: không có trường nào mang mã XX",
    ),
    "school twice": (
        [
            line("12A1", about="trường", parent="03003"),
            line("12A1", about="trường", parent="03002"),
        ],
        "Dòng 3: TH&THCS A Một đã có ở dòng 2",
    ),
    "school goes nowhere": (
        [line("12A1", about="trường", parent="03001")],
        "Dòng 2: TH&THCS A Một đã ở Xã A Một rồi",
    ),
    "changes nothing": ([line("03001", "03001")], "Quyết định không làm thay đổi gì"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_an_inconsistent_decree_is_refused_whole(world, what):
    lines, said = REFUSED[what]
    found = refusals(lines)
    assert any(said in each for each in found), found


def test_a_unit_that_ended_or_is_yet_to_begin_is_refused_by_its_days(world):
    ended = make_area(3, "xa", "03888", "Xưa", world.province, datetime.date(2015, 1, 1))
    Area.objects.filter(pk=ended.pk).update(valid_to=datetime.date(2020, 1, 1))
    make_area(3, "xa", "03889", "Mai Sau", world.province, datetime.date(2027, 1, 1))
    leaving = make_area(3, "xa", "03890", "Sắp Hết", world.province)
    Area.objects.filter(pk=leaving.pk).update(valid_to=datetime.date(2027, 1, 1))
    found = refusals([line("03888", "03003"), line("03889", "03003"), line("03890", "03003")])
    assert found[0].startswith("Dòng 2: Xã Xưa (03888) đã kết thúc ngày 01/01/2020")
    assert found[1].startswith("Dòng 3: 03889 chỉ bắt đầu từ 01/10/2026 hoặc muộn hơn")
    assert found[2].startswith("Dòng 4: Xã Sắp Hết đã được ấn định kết thúc ngày 01/01/2027")


def test_a_closed_month_keeps_its_map(world):
    lock = PeriodLock.objects.create(
        area=world.province,
        valid_from=datetime.date(2026, 10, 1),
        valid_to=datetime.date(2026, 11, 1),
        locked_at=timezone.now(),
    )
    (said,) = refusals(MERGER)
    assert "Tháng 10/2026 của Tỉnh Lai Châu đã chốt" in said
    PeriodLock.objects.filter(pk=lock.pk).update(
        valid_from=datetime.date(2026, 9, 1), valid_to=datetime.date(2026, 10, 1)
    )
    reorganise(decree=decree(MERGER), by=None)


def close(area, month=10):
    return PeriodLock.objects.create(
        area=area,
        valid_from=datetime.date(2026, month, 1),
        valid_to=datetime.date(2026, month + 1, 1),
        locked_at=timezone.now(),
    )


@pytest.mark.parametrize(
    ("closed", "lines"),
    [
        ("commune_b", [line("03001", "03003")]),
        ("commune_b", [line("12A1", about="trường", parent="03003")]),
        ("commune_a", [line("12A1", about="trường", parent="03003")]),
        ("cluster", [line("03003", "03003", name="B Mới", cluster="C1")]),
        ("district", [line("03003", "03003", parent="106")]),
        ("later", [line("03001", "03003")]),
    ],
)
def test_a_closed_month_of_any_unit_concerned_keeps_its_map(world, closed, lines):
    since = datetime.date(2025, 7, 1)
    world.district = make_area(2, "huyen", "106", "Huyện Một", world.province, since)
    lock = None
    if closed == "later":
        # The commune lies in a cluster from the month that is closed on.
        november = datetime.date(2026, 11, 1)
        later = make_area(2, "cum", "C2", "Cụm Sau", world.province, november)
        ClusterMembership.objects.create(
            cluster=later, commune=world.commune_b, valid_from=november
        )
        lock = close(later, month=11)
    lock = lock or close(getattr(world, closed))
    (said,) = refusals(lines)
    assert "đã chốt" in said
    PeriodLock.objects.filter(pk=lock.pk).update(unlocked_at=timezone.now(), unlock_reason="Sửa")
    reorganise(decree=decree(lines), by=None)
    PeriodLock.objects.filter(pk=lock.pk).update(unlocked_at=None, unlock_reason="")
    before = state()
    with pytest.raises(ValidationError, match="đã chốt"):
        take_back(number="12/NQ-HĐND", by=None)
    assert state() == before


def test_a_closed_month_elsewhere_hinders_nothing(world):
    close(world.commune_b)
    reorganise(decree=decree(MERGER), by=None)
    take_back(number="12/NQ-HĐND", by=None)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ({"number": ""}, "Cột “Số văn bản” còn trống"),
        (
            {"effective_on": "tháng mười"},
            "Dòng 2, cột “Có hiệu lực từ”: “tháng mười” không phải ngày",
        ),
        ({"about": "liên xã"}, "Dòng 2, cột “Đối tượng”: không rõ “liên xã”"),
        ({"kind": "tỉnh"}, "Dòng 2, cột “Loại”"),
        ({"carries": "tiền"}, "Dòng 2, cột “Mang theo”"),
        ({"name": "x" * 101}, "Dòng 2, cột “Tên mới”: dài hơn 100 ký tự"),
        ({"name": "x" * 301}, "Dòng 2: có ô dài hơn 300 ký tự"),
        ({"decided_on": "01/01/2090"}, "Ngày quyết định ở tương lai"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(world, head, said):
    found = refusals([MERGER[0] | head, MERGER[1]])
    assert any(said in each for each in found), found


def test_one_file_is_one_decree(world):
    found = refusals([MERGER[0], MERGER[1] | {"number": "13/NQ"}])
    assert "Dòng 3, cột “Số văn bản”: “13/NQ” khác “12/NQ-HĐND” ở dòng 2" in found[0]


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"a" * (MOST_BYTES + 1), b"x;y\n1;2\n"])
def test_other_files_are_refused(world, data):
    for name in ("nq.csv", "nq.xlsx"):
        with pytest.raises(ValidationError):
            read_decree(data, name=name, carriers=words())


def test_codes_keep_the_zeros_that_excel_drops_and_separators_may_be_any(world):
    lines = [
        each | {"old": each["old"].lstrip("0"), "new": each["new"].lstrip("0")} for each in MERGER
    ]
    for separator in ",;\t":
        read = read_decree(decree_file(lines, separator=separator), name="nq.CSV", carriers=words())
        assert [(each.old, each.new) for each in read.lines] == [
            ("03001", "03002"),
            ("03002", "03002"),
        ]


def test_the_unit_above_is_found_without_the_zeros_that_excel_drops(world):
    district = make_area(2, "huyen", "006", "Huyện Sáu", world.province)
    Area.objects.filter(pk=world.commune_b.pk).update(parent=district)
    lines = [line("03001", "03001", name="A Mới", parent="6"), line("03003", "03003", parent="6")]
    (said,) = refusals(lines[1:])
    assert "không làm thay đổi gì" in said, "it lies there already"
    reorganise(decree=decree(lines), by=None)
    assert Area.objects.get(name="A Mới").parent == district
    world.commune_b.refresh_from_db()
    assert world.commune_b.valid_to is None


def test_taken_back_the_map_is_as_before(world):
    before = state()
    reorganise(decree=decree(MERGER), by=world.system_admin)
    with pytest.raises(ValidationError):
        reorganise(decree=decree(MERGER), by=world.system_admin)
    take_back(number="12/NQ-HĐND", by=world.system_admin, dry_run=True)
    assert state() != before
    take_back(number="12/NQ-HĐND", by=world.system_admin)
    assert state() == before
    with pytest.raises(ValidationError, match="12/NQ-HĐND"):
        take_back(number="12/NQ-HĐND", by=world.system_admin)
    reorganise(decree=decree(MERGER), by=world.system_admin)


def test_what_others_write_meanwhile_is_theirs(world, monkeypatch):
    """Rows of another transaction, seen while a decree is applied, are none of its own."""
    others = []

    def meanwhile(**values):
        others.append(make_school("12X1", "TH Người Khác", "TH", world.commune_b, DAY))
        others.append(make_area(3, "xa", "03009", "Người Khác", world.province, DAY))
        return move_placements_to_successors(**values)

    monkeypatch.setattr(services, "move_placements_to_successors", meanwhile)
    done = reorganise(decree=decree(MERGER), by=None)
    school, area = others
    assert str(area.pk) not in done.wrote["schools.area"]["begun"]
    assert str(school.placements.get().pk) not in done.wrote["schools.placement"]["begun"]
    take_back(number="12/NQ-HĐND", by=None)
    area.refresh_from_db()
    assert school.placements.get().commune == world.commune_b


def test_looking_at_what_hangs_on_a_decree_costs_no_query_a_row(world):
    done = reorganise(decree=carried("vai trò, phân công"), by=world.system_admin)
    new = Area.objects.get(name="A Mới")

    def asked():
        with CaptureQueriesContext(connection) as queries:
            said = look_at_undoing(done)
        return len(queries), said

    def file(month):
        Flag.objects.create(
            commune=new, level="THCS", month=month, indicator="attendance", rule="watch"
        )

    assert asked()[1] == []
    file(DAY)
    few, said = asked()
    assert said == [
        "Đã có dữ liệu ghi ở đơn vị mới, cảnh báo: 1 (Xã A Mới). Hãy xoá đi, hoặc sắp xếp lại bằng "
        "quyết định khác."
    ]
    for month in range(1, 10):
        file(datetime.date(2027, month, 1))
    many, said = asked()
    assert ": 10 (Xã A Mới)" in said[0]
    assert few == many <= 65


def test_a_field_that_came_or_went_and_another_order_are_no_later_change(world):
    before = state()
    done = reorganise(decree=decree(MERGER), by=None)
    areas = done.wrote["schools.area"]
    rows = [*areas["begun"].values(), *(row for pair in areas["changed"].values() for row in pair)]
    for values in rows:
        values |= {"name_key": "as it was sorted then", "a_field_that_went": 1}
        del values["decree"]
    done.save()
    assert look_at_undoing(done) == []
    take_back(number="12/NQ-HĐND", by=None)
    assert state() == before


def test_schools_with_lines_of_their_own_cost_no_query_each(world):
    def queries(number, count):
        for each in range(count):
            make_school(f"{number}M{each}", f"TH {each}", "TH", world.commune_a, world.since)
        lines = [line(f"{number}M{each}", about="trường", parent="03003") for each in range(count)]
        with CaptureQueriesContext(connection) as asked:
            done = reorganise(decree=decree(lines, number=f"{number}/NQ"), by=None)
        assert len(done.wrote["schools.schoolchange"]["begun"]) == count
        return len(asked)

    few, many = queries(2, 2), queries(12, 12)
    assert few == many
    assert Event.objects.filter(kind="school.moved").count() == 14
    moved = School.objects.filter(code__in=[f"12M{each}" for each in range(12)])
    assert {placed(school) for school in moved} == {world.commune_b}


def test_a_preview_is_compared_where_nobody_else_writes(world):
    seen = seen_of(tell(look_at(decree(MERGER), by=None)))
    make_school("12A9", "TH Mới Mở", "TH", world.commune_a, world.since)
    with pytest.raises(PreviewChanged):
        reorganise(decree=decree(MERGER), by=None, seen=seen)
    assert not Reorganisation.objects.exists()
    now = seen_of(tell(look_at(decree(MERGER), by=None)))
    reorganise(decree=decree(MERGER), by=None, seen=now)


@pytest.mark.parametrize("what", ["flag", "target", "grant", "decree", "school", "placement"])
def test_a_decree_on_which_something_hangs_is_not_taken_back(world, what):
    reorganise(decree=decree(MERGER), by=None)
    new = Area.objects.get(name="A Mới")
    if what == "flag":
        Flag.objects.create(
            commune=new, level="THCS", month=DAY, indicator="attendance", rule="watch"
        )
    elif what == "target":
        Target.objects.create(
            indicator="attendance", area=new, percent=90, valid_from=DAY, source="QĐ"
        )
    elif what == "grant":
        make_user("moi", "Bà Mới", "commune_officer", since=DAY, area=new)
    elif what == "decree":
        later = decree(
            [line("03002", "03003")],
            number="13/NQ",
            decided_on="01/10/2026",
            effective_on="05/10/2026",
        )
        reorganise(decree=later, by=None)
    elif what == "school":
        make_school("12N1", "TH Mới", "TH", new, DAY)
    else:
        world.school_a.placements.filter(commune=new).update(valid_to=datetime.date(2027, 1, 1))
    before = state()
    with pytest.raises(ValidationError):
        take_back(number="12/NQ-HĐND", by=None)
    assert state() == before


def test_the_command_looks_applies_and_takes_back(world, tmp_path):
    file = tmp_path / "nq.csv"
    file.write_bytes(decree_file(MERGER))

    def run(*words):
        out = StringIO()
        call_command("reorganise", *map(str, words), stdout=out)
        return out.getvalue()

    before = state()
    assert "Chưa lưu gì: đây là lần chạy thử." in run(file, "--dry-run")
    assert state() == before
    assert "--undo" in run(file, "--carry-grants", "--carry-assignments")
    assert RoleGrant.objects.filter(area__name="A Mới").count() == 1
    assert "Chưa lưu gì" in run("--undo", "12/NQ-HĐND", "--dry-run")
    run("--undo", "12/NQ-HĐND")
    assert state() == before
    with pytest.raises(CommandError, match="Không có quyết định nào"):
        run("--undo", "12/NQ-HĐND")
    with pytest.raises(CommandError):
        run(tmp_path / "none.csv")
    file.write_bytes(decree_file([line("09999", "03001")]))
    with pytest.raises(CommandError, match="Dòng 2: không có xã"):
        run(file)
    template = tmp_path / "mau.xlsx"
    run("--template", template)
    assert template.read_bytes()[:2] == b"PK"


def test_the_template_is_read_back_as_a_table_without_lines(world):
    with pytest.raises(ValidationError, match="Mã cũ"):
        read_decree(empty_table(), name="mau.xlsx", carriers=words())


def test_the_page_shows_what_will_happen_applies_exactly_that_and_takes_it_back(world, sign_in):
    client = sign_in(world.system_admin)
    page = reverse("schools:decrees")
    wrong = client.post(page, {"file": upload([line("09999", "03001")])})
    assert wrong.status_code == 422
    assert "Dòng 2: không có xã nào mang mã 09999" in read(wrong).one("main").text
    shown = client.post(page, {"file": upload(MERGER), "carry": ["grants"]})
    assert not Reorganisation.objects.exists()
    tree = read(shown)
    assert "Mang theo, do đã chọn (vai trò): 1." in tree.one("main").text
    sent = {each.get("name"): each.get("value") for each in tree.select("form input")}
    other = make_user(
        "khac", "Bà Khác", "commune_officer", since=world.since, area=world.commune_a2
    )
    again = client.post(reverse("schools:decree_apply"), sent)
    assert "đã có thay đổi" in read(again).one("body").text
    assert not Reorganisation.objects.exists()
    sent = {each.get("name"): each.get("value") for each in read(again).select("form input")}
    assert client.post(reverse("schools:decree_apply"), sent).status_code == 302
    done = Reorganisation.objects.get()
    assert done.made_by == world.system_admin
    assert RoleGrant.objects.filter(area__name="A Mới", user=other).exists()
    twice = client.post(reverse("schools:decree_apply"), sent | {"told": "x"})
    assert twice.status_code == 409, "a sending has its operation"
    undo = reverse("schools:decree_undo", args=[done.pk])
    Target.objects.create(
        indicator="attendance",
        area=Area.objects.get(name="A Mới"),
        percent=90,
        valid_from=DAY,
        source="QĐ",
    )
    assert "Đã có dữ liệu ghi ở đơn vị mới" in read(client.get(undo)).one("main").text
    assert client.post(undo).status_code == 422
    Target.objects.filter(area__name="A Mới").delete()
    assert client.post(undo).status_code == 302
    assert not Area.objects.filter(name="A Mới").exists()
    assert client.get(undo).status_code == 404
    assert "đã hoàn tác" in read(client.get(page)).one("main").text


def upload(lines):
    return SimpleUploadedFile("nq.csv", decree_file(lines))
