"""A small named province for tests: two communes, two schools, one person per role.

    Lai Châu (12)
      Cụm A ── xã A1 ── TH&THCS A1: class 6A (lower secondary, 6 pupils, mornings)
      │                              class 1+2 at the site Háng Lìa (multi-grade, 4 pupils)
      └─────── xã A2 (no school)
      xã B1 ── THCS B1: class 6B (3 pupils)

`head_b` and `teacher_b` must see nothing of A, and the other way round. The school year
contains `today`; sessions are due on every day of the week, so that tests hold on any day.
"""

import datetime
from types import SimpleNamespace

from accounts.models import RoleGrant, User
from attendance.models import CalendarRule
from inspections.models import Assignment, Committee, Member
from reports.models import Target
from schools.models import (
    Area,
    ClusterMembership,
    Enrolment,
    Placement,
    Pupil,
    School,
    SchoolClass,
    SchoolYear,
    Site,
)

PASSWORD = "suong-som-tren-nui"
MONDAY = datetime.date(2026, 10, 12)

PUPILS_6A = ["Giàng A Chua", "Lò Thị Hương", "Ma A Dơ", "Phàn Lở Mẩy", "Tẩn Tả Mẩy", "Vàng Thị Pà"]
PUPILS_12 = ["Cháng Thị Dở", "Hảng A Của", "Quàng Văn Inh", "Giàng Thị Mai"]
PUPILS_6B = ["Lò Văn Hặc", "Sùng A Páo", "Lý Thị Sùng"]


def make_area(level, kind, code, name, parent=None, valid_from=datetime.date(2025, 7, 1), **more):
    return Area.objects.create(
        level=level, kind=kind, code=code, name=name, parent=parent, valid_from=valid_from, **more
    )


def make_school(code, name, levels, commune, start):
    school = School.objects.create(code=code, name=name, levels=levels, valid_from=start)
    Placement.objects.create(school=school, commune=commune, valid_from=start)
    Site.objects.create(school=school, name="Điểm chính", is_main=True, valid_from=start)
    return school


def make_class(school, year, name, level, grades, names, *, site=None, sessions="am"):
    """A class with its pupils on the roll since the year began; returns the class."""
    school_class = SchoolClass.objects.create(
        school=school,
        site=site or school.sites.get(is_main=True),
        year=year,
        name=name,
        level=level,
        grades=grades,
        sessions=sessions,
    )
    grade_list = school_class.grade_list
    for index, full_name in enumerate(names):
        grade = grade_list[index % len(grade_list)]
        pupil = Pupil.objects.create(
            full_name=full_name,
            sex="FM"[index % 2],
            birth_date=datetime.date(year.valid_from.year - 5 - max(grade, 0), 1 + index, 10),
            ethnic_group=("08", "03", "09")[index % 3],
        )
        enrol(pupil, school_class, year.valid_from, grade)
    return school_class


def enrol(pupil, school_class, start, grade=None, **more):
    """A spell written directly, without the service and its signals."""
    spell = Enrolment(
        pupil=pupil,
        school_class=school_class,
        grade=grade or school_class.grade_list[0],
        valid_from=start,
        **more,
    )
    spell.copy_from_owners()
    spell.save()
    return spell


def make_user(username, full_name, role=None, *, since, **place):
    user = User.objects.create_user(username=username, full_name=full_name, password=PASSWORD)
    if role:
        RoleGrant.objects.create(user=user, role=role, valid_from=since, **place)
    return user


def build_world(today=MONDAY, year_start=None):
    """Create the small province around `today` and return it as a namespace.

    The school year begins on 1 August unless `year_start` says otherwise.
    """
    if year_start is None:
        year_start = datetime.date(today.year if today.month >= 8 else today.year - 1, 8, 1)
    year_end = datetime.date(year_start.year + 1, year_start.month, 1)
    since = year_start
    w = SimpleNamespace(today=today, since=since)
    w.province = make_area(1, "tinh", "12", "Lai Châu")
    w.cluster = make_area(2, "cum", "C1", "Cụm A", w.province)
    w.commune_a = make_area(3, "xa", "03001", "A Một", w.province)
    w.commune_a2 = make_area(3, "xa", "03002", "A Hai", w.province)
    w.commune_b = make_area(3, "xa", "03003", "B Một", w.province)
    for commune in (w.commune_a, w.commune_a2):
        ClusterMembership.objects.create(
            cluster=w.cluster, commune=commune, valid_from=datetime.date(2025, 7, 1)
        )
    w.year = SchoolYear.objects.create(
        code=f"{year_start.year}-{year_end.year}", valid_from=year_start, valid_to=year_end
    )
    CalendarRule.objects.create(
        area=w.province, morning="1111111", afternoon="1111111", valid_from=year_start
    )

    w.school_a = make_school("12A1", "TH&THCS A Một", "TH,THCS", w.commune_a, since)
    w.site_a = Site.objects.create(school=w.school_a, name="Háng Lìa", valid_from=since)
    w.class_a = make_class(w.school_a, w.year, "6A", "THCS", "6", PUPILS_6A)
    w.class_a12 = make_class(
        w.school_a, w.year, "1+2 Háng Lìa", "TH", "1,2", PUPILS_12, site=w.site_a, sessions="am,pm"
    )
    w.school_b = make_school("12B1", "THCS B Một", "THCS", w.commune_b, since)
    w.class_b = make_class(w.school_b, w.year, "6B", "THCS", "6", PUPILS_6B)

    w.teacher_a = make_user(
        "teacher_a", "Nguyễn Thị Hoa", "teacher", since=since, school_class=w.class_a
    )
    w.head_a = make_user("head_a", "Lù Văn Sơn", "school_head", since=since, school=w.school_a)
    w.teacher_b = make_user(
        "teacher_b", "Trần Văn Bình", "teacher", since=since, school_class=w.class_b
    )
    w.head_b = make_user("head_b", "Đỗ Thị Lan", "school_head", since=since, school=w.school_b)
    w.commune_officer = make_user(
        "commune_a", "Giàng A Tủa", "commune_officer", since=since, area=w.commune_a
    )
    w.district_officer = make_user(
        "cluster_a", "Phạm Văn Hùng", "district_officer", since=since, area=w.cluster
    )
    w.province_officer = make_user(
        "province", "Lê Thị Mai", "province_officer", since=since, area=w.province
    )
    w.system_admin = make_user("sysadmin", "Quản trị", "system_admin", since=since)
    w.member_user = make_user("member_a", "Vàng Văn Thắng", since=since)
    w.nobody = make_user("nobody", "Chưa Có Việc", since=since)

    w.committee = Committee.objects.create(
        area=w.province, name="Ban Chỉ đạo PCGD tỉnh", valid_from=since
    )
    w.member = Member.objects.create(
        committee=w.committee,
        user=w.member_user,
        full_name="Vàng Văn Thắng",
        organisation="Hội Khuyến học tỉnh",
        valid_from=since,
    )
    w.assignment = Assignment.objects.create(
        committee=w.committee, member=w.member, commune=w.commune_a, valid_from=since
    )
    for indicator, level, percent in [
        ("attendance", "", 95),
        ("attendance", "TH", 97),
        ("coverage", "", 90),
    ]:
        Target.objects.create(
            indicator=indicator, level=level, area=w.province, percent=percent, valid_from=since
        )
    return w
