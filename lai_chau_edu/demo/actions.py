"""Plans of action of the demo: the province's and the demo commune's, with tasks at every stage."""

import datetime

from inspections.action_plans import services
from inspections.action_plans.proposals import proposals_for
from inspections.action_plans.services import Asked, PlanText

ONE_DAY = datetime.timedelta(days=1)
PROVINCE_TASKS = (
    ("Kiện toàn ban chỉ đạo các xã, phân công từng thành viên phụ trách bản", -12, "Sở Nội vụ"),
    ("Bố trí kinh phí sửa nhà bán trú của các trường vùng khó khăn", 45, "Sở Tài chính"),
)


def write_plans(province, commune, users, today):
    """A plan in force of the province, a draft of the demo commune; returns how many tasks."""
    officer, own = users["province_officer"], users["commune_officer"]
    first = today.replace(month=1, day=1)
    plan = services.draft_action_plan(
        area=province,
        text=PlanText(
            kind="programme",
            title=f"Kế hoạch huy động, duy trì sĩ số và chuyên cần năm {today.year}",
            basis="Chương trình 69-CTr/TU của Tỉnh ủy",
            number="15/KH-UBND",
            issued_on=min(first + 14 * ONE_DAY, today),
            issued_by="UBND tỉnh",
            valid_from=first,
            last_day=today.replace(month=12, day=31),
        ),
        by=officer,
    )
    given = [
        services.add_action(
            source=plan,
            asked=Asked(
                what=what,
                area=province,
                organisation=organisation,
                due_on=_inside(plan, today + days * ONE_DAY),
            ),
            by=officer,
        )
        for what, days, organisation in PROVINCE_TASKS
    ]
    keys = [each.key for each in proposals_for(plan, on=today)[:3]]
    if keys:
        given += services.accept_proposals(plan=plan, keys=keys, by=officer)
    services.issue_action_plan(plan=plan, by=officer)
    of_commune = services.draft_action_plan(
        area=commune,
        text=PlanText(
            kind="yearly",
            title=f"Kế hoạch phổ cập giáo dục, xoá mù chữ năm {today.year}",
            number="08/KH-UBND",
            issued_on=min(first + 30 * ONE_DAY, today),
            issued_by=f"UBND {commune.title[:1].lower()}{commune.title[1:]}",
            valid_from=first,
            last_day=plan.last_day,
        ),
        by=own,
    )
    task = services.add_action(
        source=of_commune,
        asked=Asked(
            what="Mỗi bản họp một buổi về việc cho con đi học đều trước Tết",
            area=commune,
            organisation="Trưởng các bản",
            target="Đủ 100% số bản",
            due_on=_inside(plan, today + 20 * ONE_DAY),
        ),
        by=own,
    )
    services.issue_action_plan(plan=of_commune, by=own)
    services.report_progress(
        item=task, reported_on=today, percent=40, words="Bốn trong mười bản đã họp.", by=own
    )
    return len(given) + 1


def _inside(plan, day):
    return min(max(day, plan.valid_from), plan.last_day)
