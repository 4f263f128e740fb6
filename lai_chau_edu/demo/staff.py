"""The people who sign in to the demo, the committee, and the targets."""

import datetime

from django.contrib.auth.hashers import make_password

from accounts.models import RoleGrant, User
from accounts.roles import ROLES
from inspections.models import Assignment, Committee, Member
from reports.models import Target

PASSWORD = "ban-lang-xa-2026"
DEMO_SCHOOL = "1203478THCS"  # the lower secondary school in Sìn Hồ
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
# Beside those who sign in: teachers of the demo school, heads of the others in its commune.
COLLEAGUES = [
    "Nông Thị Liên",
    "Sùng A Páo",
    "Tẩn Lở Mẩy",
    "Quàng Văn Hặc",
    "Đỗ Thị Ngân",
    "Lù Văn Thành",
    "Vàng Thị Mỷ",
]
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
        "teacher": {"school_class": teacher_class},
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
    return users


def write_colleagues(classes, schools, since):
    """A teacher for each class and a head for each school, to be reminded; none signs in."""
    posts = [("teacher", {"school_class": each}) for each in classes]
    posts += [("school_head", {"school": each}) for each in schools]
    named = list(zip(COLLEAGUES, posts, strict=False))
    users = User.objects.bulk_create(
        User(username=f"dongnghiep{number}", full_name=name, password=make_password(None))
        for number, (name, _post) in enumerate(named, start=1)
    )
    RoleGrant.objects.bulk_create(
        RoleGrant(user=user, role=role, valid_from=since, **place)
        for user, (_name, (role, place)) in zip(users, named, strict=True)
    )


def find_teacher():
    """The teacher of the demo, in whose name registers are sent."""
    return User.objects.get(username=SIGN_INS["teacher"])


def write_committee(tree, users, since):
    """The province's committee; each ordinary member answers for a few communes."""
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
