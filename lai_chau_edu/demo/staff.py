"""The people who sign in to the demo, the committee, and the targets."""

import datetime

from django.contrib.auth.hashers import make_password

from accounts.models import ClassAssignment, Post, RoleGrant, StaffMember, User
from accounts.roles import ROLES
from accounts.staff.models import AssignmentKind, PostKind
from accounts.staff.services.assignments import latest_end
from inspections.models import Assignment, Committee, Member
from reports.models import Target

from . import people
from .enrolments import LARGE_SCHOOL

PASSWORD = "ban-lang-xa-2026"
DEMO_SCHOOL = LARGE_SCHOOL  # the lower secondary school in Sìn Hồ
DEMO_COMMUNE, DEMO_CLUSTER_MEMBER = "03478", "03529"
SIGN_INS = {
    "teacher": "giaovien",
    "school_head": "hieutruong",
    "commune_officer": "canboxa",
    "district_officer": "canbocum",
    "province_officer": "canboso",
    "committee_member": "thanhvien",
    "system_admin": "quantri",
}
NAMES = {
    "teacher": "Lò Thị Hương",
    "school_head": "Phạm Văn Sơn",
    "commune_officer": "Giàng A Tủa",
    "district_officer": "Nguyễn Thị Hoa",
    "province_officer": "Trần Quang Minh",
    "committee_member": "Vàng Văn Thắng",
    "system_admin": "Lê Anh Tuấn",
}
MEMBERS = [
    ("Đặng Hữu Nghĩa", "Phó Chủ tịch UBND tỉnh", "UBND tỉnh", "head"),
    ("Mai Thị Thu Hiền", "Giám đốc", "Sở Giáo dục và Đào tạo", "standing"),
    ("Vàng Văn Thắng", "Phó Chủ tịch", "Hội Khuyến học tỉnh", "member"),
    ("Cao Xuân Lộc", "Phó Giám đốc", "Sở Nội vụ", "member"),
    ("Lò Thị Minh Ngọc", "Phó Giám đốc", "Sở Tài chính", "member"),
    ("Sùng A Dế", "Phó Trưởng ban", "Sở Dân tộc và Tôn giáo", "member"),
    ("Ngô Bảo Lâm", "Phó Giám đốc", "Sở Y tế", "member"),
    ("Tẩn Tả Mẩy", "Phó Chủ tịch", "Hội Liên hiệp Phụ nữ tỉnh", "member"),
    ("Lường Văn Ngoan", "Phó Bí thư", "Tỉnh Đoàn", "member"),
    ("Bùi Đức Khôi", "Phó Chỉ huy", "Bộ Chỉ huy Bộ đội Biên phòng tỉnh", "member"),
]
# What falls to some of their branches.
SECTORS = {
    "Sở Giáo dục và Đào tạo": "Thường trực; chuyên môn, số liệu",
    "Hội Khuyến học tỉnh": "Khuyến học, vận động quỹ",
    "Hội Liên hiệp Phụ nữ tỉnh": "Vận động hội viên có con trong độ tuổi",
    "Tỉnh Đoàn": "Đoàn viên, thanh niên bỏ học",
    "Bộ Chỉ huy Bộ đội Biên phòng tỉnh": "Các xã biên giới",
}
# Groups that the teachers come from.
GROUPS = ("01", "01", "03", "08", "09", "25")
TARGETS = [
    ("attendance", "MN", 93),
    ("attendance", "TH", 97),
    ("attendance", "THCS", 95),
    ("attendance", "THPT", 96),
    ("coverage", "", 90),
    ("retention_b", "", 99),
]


def write_users(school, teacher_class, tree, since):
    """One user per role; returns dict role -> User."""
    hashed = make_password(PASSWORD)
    users = {
        role: User(
            username=username,
            full_name=NAMES[role],
            password=hashed,
            is_staff=role == "system_admin",
        )
        for role, username in SIGN_INS.items()
    }
    User.objects.bulk_create(users.values())
    commune = next(area for area in tree.communes() if area.code == DEMO_COMMUNE)
    places = {
        "school_head": {"school": school},
        "commune_officer": {"area": commune},
        "district_officer": {"area": tree.district_of(commune.pk)},
        "province_officer": {"area": tree.provinces[0]},
        "system_admin": {},
    }
    RoleGrant.objects.bulk_create(
        RoleGrant(user=users[role], role=role, valid_from=since, **place)
        for role, place in places.items()
    )
    _write_staff(
        [
            (users["school_head"], PostKind.HEAD, school, None),
            (users["teacher"], PostKind.TEACHER, school, teacher_class),
        ],
        since,
    )
    return users


def write_colleagues(rng, classes, schools, since):
    """A teacher for each class and a head for each school, to be reminded; none signs in."""
    posts = [(PostKind.TEACHER, each.school, each) for each in classes]
    posts += [(PostKind.HEAD, each, None) for each in schools]
    password = make_password(None)
    users = User.objects.bulk_create(
        User(
            username=f"dongnghiep{number}",
            full_name=people.draw_name(rng, rng.choice(GROUPS), rng.choice("FM")),
            password=password,
        )
        for number in range(1, len(posts) + 1)
    )
    RoleGrant.objects.bulk_create(
        RoleGrant(user=user, role="school_head", valid_from=since, school=school)
        for user, (kind, school, _class) in zip(users, posts, strict=True)
        if kind == PostKind.HEAD
    )
    _write_staff([(user, *post) for user, post in zip(users, posts, strict=True)], since)


def _write_staff(posts, since):
    """Staff members with their posts and classes: (account, post, school, class or None)."""
    begun = StaffMember.objects.count()
    members = []
    for number, (user, _kind, _school, _class) in enumerate(posts, start=begun + 1):
        member = StaffMember(
            user=user,
            full_name=user.full_name,
            birth_date=datetime.date(1975 + number % 20, 1 + number % 12, 3 + number % 25),
            sex="F" if " Thị " in user.full_name or user.full_name.endswith("Mẩy") else "M",
            phone=f"09{number:08d}",
            staff_code=f"12{number:08d}",
        )
        member.set_keys()
        members.append(member)
    StaffMember.objects.bulk_create(members)
    Post.objects.bulk_create(
        Post(person=member, school=school, kind=kind, valid_from=since)
        for member, (_user, kind, school, _class) in zip(members, posts, strict=True)
    )
    ClassAssignment.objects.bulk_create(
        ClassAssignment(
            person=member,
            school_class=school_class,
            kind=AssignmentKind.HOMEROOM,
            valid_from=school_class.year.valid_from,
            valid_to=latest_end(school_class.year, on=since),
        )
        for member, (_user, _kind, _school, school_class) in zip(members, posts, strict=True)
        if school_class is not None
    )


def find_teacher():
    """The teacher of the demo, in whose name registers are sent."""
    return User.objects.get(username=SIGN_INS["teacher"])


def write_committee(tree, users, since):
    """The province's committee; each ordinary member answers for a few communes.

    Args:
        since: not before the communes of today, for which they answer.
    """
    committee = Committee.objects.create(
        area=tree.provinces[0],
        name="Ban Chỉ đạo phổ cập giáo dục, xóa mù chữ tỉnh Lai Châu (mẫu)",
        decision="Quyết định mẫu, không có thật",
        valid_from=since,
    )
    members = Member.objects.bulk_create(
        Member(
            committee=committee,
            user=users["committee_member"] if name == NAMES["committee_member"] else None,
            full_name=name,
            position=position,
            organisation=organisation,
            sector=SECTORS.get(organisation, ""),
            role=role,
            valid_from=since,
        )
        for name, position, organisation, role in MEMBERS
    )
    ordinary = [member for member in members if member.role == Member.Role.MEMBER]
    demo_member = next(member for member in members if member.user_id)
    cluster = tree.district_of(
        next(area.pk for area in tree.communes() if area.code == DEMO_CLUSTER_MEMBER)
    )
    others = [member for member in ordinary if member is not demo_member]
    assignments = []
    for index, commune in enumerate(sorted(tree.communes(), key=lambda area: area.code)):
        in_cluster = tree.district_of(commune.pk) == cluster
        member = demo_member if in_cluster else others[index % len(others)]
        assignments.append(
            Assignment(
                committee=committee,
                member=member,
                commune=commune,
                duty="Phụ trách huy động, duy trì sĩ số và chuyên cần của xã",
                valid_from=since,
            )
        )
    # One commune stays without anybody in charge, so that the page shows how that looks.
    Assignment.objects.bulk_create(assignments[:-1])
    return committee


def write_targets(province):
    """Targets of the province since September 2024."""
    Target.objects.bulk_create(
        Target(
            indicator=indicator,
            level=level,
            area=province,
            percent=percent,
            source="Chỉ tiêu mẫu",
            valid_from=datetime.date(2024, 9, 1),
        )
        for indicator, level, percent in TARGETS
    )


def sign_ins():
    """(name of the role, user name) for each role."""
    return [(str(ROLES[role].name), username) for role, username in SIGN_INS.items()]
