"""The working regulation of the demo's committee, and the meetings it held."""

import datetime

from inspections.meetings.services import Minutes, set_regulation, write_meeting
from inspections.models import Member

ONE_DAY = datetime.timedelta(days=1)
# How many days ago, and what was decided.
HELD = [
    (95, "Mỗi thành viên xuống xã phụ trách trước ngày 20; Sở tổng hợp trước ngày 25."),
    (32, "Chọn các xã kiểm tra từ cảnh báo của tháng; xã báo cáo việc huy động từng bản."),
]


def write_meetings(committee, users, today):
    """A regulation since the committee was founded, and some meetings; returns how many."""
    officer = users["province_officer"]
    set_regulation(
        committee=committee,
        paper="Quy chế mẫu, không có thật",
        meets_every=2,
        reports_every=1,
        articles="Họp trước ngày 10; các xã báo cáo trước ngày 5 hằng tháng.",
        valid_from=committee.valid_from,
        by=officer,
    )
    for ago, decided in HELD:
        day = today - ago * ONE_DAY
        members = list(Member.objects.on(day).filter(committee=committee).order_by("pk"))
        write_meeting(
            committee=committee,
            minutes=Minutes(
                held_on=day,
                place="Sở Giáo dục và Đào tạo",
                chair=members[0],
                present=members[1:8],
                guests="",
                content="Chuyên cần, duy trì sĩ số tháng trước; trẻ chưa ra lớp của các xã.",
                decided=decided,
            ),
            by=officer,
        )
    return len(HELD)
