"""Inspections of the demo: a plan of this month, one of the last, and one of which one sees today
what followed."""

import datetime

from django.utils import timezone

from attendance.models import Register
from core.months import Month
from inspections.models import ChecklistItem, InspectionPlan, Member, Recommendation, Visit
from inspections.selectors.findings import questions_for
from inspections.selectors.visits import schools_of
from inspections.services.findings import Answered, Counted, answer_checklist, count_pupils
from inspections.services.plans import NoLessons, approve_plan, change_visit, draft_plan
from inspections.services.visits import (
    Asked,
    answer_recommendation,
    finish_recommendation,
    record_visit,
)

from .staff import DEMO_SCHOOL

ONE_DAY = datetime.timedelta(days=1)
KINDS = Recommendation.Kind
SEVERITIES = {
    KINDS.REGISTERS: Recommendation.Severity.SERIOUS,
    KINDS.BOARDING: Recommendation.Severity.SERIOUS,
    KINDS.BRINGING: Recommendation.Severity.NOTABLE,
    KINDS.FAMILIES: Recommendation.Severity.LIGHT,
}
# Of a visit in an earlier month: result, and what was asked: (kind, of the school, text, who).
FOUND = [
    (
        "Ban chỉ đạo xã đã họp và phân công người phụ trách bản, nhưng chưa đến từng hộ có trẻ"
        " nghỉ nhiều. Sổ điểm danh khớp với sĩ số đếm được.",
        [
            (KINDS.FAMILIES, False, "Đến từng hộ có học sinh nghỉ quá 5 buổi trong tháng", "Xã"),
            (KINDS.BRINGING, True, "Lập danh sách học sinh nghỉ sau Tết và người vận động", ""),
        ],
    ),
    (
        "Trường báo cáo đủ sổ; vắng dồn vào các bản xa điểm trường. Bếp bán trú chưa đủ chỗ.",
        [
            (KINDS.BOARDING, True, "Bố trí thêm chỗ ở bán trú cho các bản xa", ""),
            (KINDS.DIRECTION, False, "Phân công từng thành viên ban chỉ đạo phụ trách bản", "Xã"),
        ],
    ),
    (
        "Sổ điểm danh gửi chậm nhiều ngày, hai lớp ghi có mặt nhiều hơn số đếm được.",
        [
            (KINDS.REGISTERS, True, "Điểm danh đầu giờ và gửi sổ trong buổi", ""),
            (KINDS.FAMILIES, False, "Họp phụ huynh các bản có tỷ lệ nghỉ cao", "Trưởng các bản"),
        ],
    ),
]
# What became of the two recommendations of each visit of the last month: by the demo commune one
# is answered, in the other commune one is overdue.
OPEN, OVERDUE, ANSWERED = "open", "overdue", "answered"
STAGES = [(ANSWERED, OPEN), (OVERDUE, OPEN)]
REMEDY = "Đã làm xong, có biên bản họp bản kèm theo."


def write_visits(province, tree, users, today, past):
    """Plans of this month and of two before it; returns how many visits were made.

    Args:
        past: months with lessons before that of today, in order.
    """
    made = 0
    cluster = tree.district_of(_commune_of(users).pk)
    communes = _communes_of(users["committee_member"], today)
    if len(past) > 5:
        # With months on both sides of it, so that one sees what followed.
        made += _write_plan(past[-5], cluster, communes, users, today, is_over=True)
    if past:
        made += _write_plan(past[-1], cluster, communes[: len(STAGES)], users, today, is_over=False)
    _write_current_plan(province, users, today)
    return made


def _commune_of(users):
    (grant,) = users["commune_officer"].grants.all()
    return grant.area


def _communes_of(user, today):
    """Communes that the member answers for, the demo's own first (it has the lowest code)."""
    (member,) = Member.objects.filter(user=user)
    rows = member.assignments.on(today).select_related("commune").order_by("commune__code")
    return [row.commune for row in rows]


def _write_plan(month, cluster, communes, users, today, *, is_over):
    """An approved plan of an earlier month whose visits were all made; returns how many."""
    officer, user = users["province_officer"], users["committee_member"]
    (member,) = Member.objects.filter(user=user)
    days = list(
        Register.objects.filter(date__gte=month.first, date__lte=month.last)
        .order_by("date")
        .values_list("date", flat=True)
        .distinct()
    )[3:]
    plan = InspectionPlan.objects.create(
        area=cluster,
        month=month.first,
        based_on=month.plus(-1).first,
        capacity=len(communes),
        drafted_by=users["district_officer"],
    )
    visits = [
        Visit.objects.create(
            plan=plan,
            commune=commune,
            rank=rank,
            level="THCS",
            reason="Chuyên cần THCS thấp trong cụm; đến theo đề nghị của cụm.",
            member=member,
            planned_on=day,
        )
        for rank, (commune, day) in enumerate(zip(communes, days, strict=False), start=1)
    ]
    approve_plan(plan=plan, by=officer)
    for number, visit in enumerate(visits):
        result, asked = FOUND[number % len(FOUND)]
        _write_findings(visit, user)
        record_visit(
            visit=visit,
            visited_on=visit.planned_on,
            result=result,
            recommendations=list(_asked(visit, asked, today, is_over=is_over)),
            by=user,
        )
    _follow_up(plan, users, today, is_over=is_over)
    _date_back(plan, month)
    return len(visits)


def _write_findings(visit, user):
    """The checklist answered, and one session of one school counted."""
    items = list(questions_for(visit))
    answer_checklist(
        visit=visit,
        answers=[
            Answered(item.pk, "partly" if place % 4 == 2 else "yes")
            for place, item in enumerate(items)
        ],
        by=user,
    )
    _count_one_class(visit, user, until=visit.planned_on, fewer=0)


def _count_one_class(visit, user, *, until, fewer, note=""):
    register = (
        Register.objects.filter(
            school__in=schools_of(visit),
            state="taken",
            date__gte=visit.plan.month,
            date__lte=until,
            roll__gt=8,
        )
        .order_by("-date", "pk")
        .first()
    )
    if register is not None:
        count_pupils(
            visit=visit,
            school=register.school,
            date=register.date,
            session=register.session,
            counts=[Counted(register.school_class_id, register.present - fewer, note)],
            by=user,
        )


def _asked(visit, asked, today, *, is_over):
    of_visit = schools_of(visit).order_by("name_key")
    school = of_visit.filter(code=DEMO_SCHOOL).first() or of_visit.first()
    for (kind, of_school, text, owner), stage in zip(
        asked, STAGES[visit.rank % 2 - 1], strict=True
    ):
        if is_over:
            due_on = visit.planned_on + 30 * ONE_DAY
        elif stage == OVERDUE:
            due_on = max(visit.planned_on, today - 5 * ONE_DAY)
        else:
            due_on = today + 10 * ONE_DAY
        is_schools = of_school and school is not None
        yield Asked(
            text=text,
            owner="Hiệu trưởng" if is_schools else owner or "UBND xã",
            due_on=due_on,
            school=school if is_schools else None,
            kind=kind,
            severity=SEVERITIES.get(kind, ""),
        )


def _follow_up(plan, users, today, *, is_over):
    """What became of the recommendations: all carried out, or each at a stage of its own."""
    for visit in plan.visits.order_by("rank"):
        rows = visit.recommendations.order_by("pk")
        for row, stage in zip(rows, STAGES[visit.rank % 2 - 1], strict=True):
            done_on = min(visit.visited_on + 20 * ONE_DAY, today)
            if is_over:
                finish_recommendation(
                    recommendation=row,
                    done_on=done_on,
                    evidence="Biên bản của xã và số liệu chuyên cần tháng sau.",
                    by=users["province_officer"],
                )
            elif stage == ANSWERED:
                answer_recommendation(
                    recommendation=row,
                    remedied_on=done_on,
                    remedy=REMEDY,
                    by=users["commune_officer"],
                )


def _date_back(plan, month):
    """The services note the moment of now; these things happened in their month."""
    InspectionPlan.objects.filter(pk=plan.pk).update(
        drafted_at=_at(month.first - 5 * ONE_DAY, 10), approved_at=_at(month.first - ONE_DAY, 10)
    )
    for visit in plan.visits.all():
        Visit.objects.filter(pk=visit.pk).update(recorded_at=_at(visit.visited_on, 16))
        visit.answers.update(answered_at=_at(visit.visited_on, 11))
        visit.counts.update(counted_at=_at(visit.visited_on, 9))
        for row in visit.recommendations.all():
            Recommendation.objects.filter(pk=row.pk).update(
                answered_at=row.remedied_on and _at(row.remedied_on, 15),
                done_at=row.done_on and _at(row.done_on, 15),
            )


def _at(day, hour):
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time(hour)))


def _write_current_plan(province, users, today):
    """An approved plan of this month, so that the member has something to do."""
    month = Month.of(today)
    officer = users["province_officer"]
    plan = draft_plan(area=province, month=month, capacity=6, by=officer)
    for offset, visit in enumerate(plan.visits.order_by("rank")):
        _set_day(visit, today + offset * ONE_DAY, by=officer)
    if plan.visits.exists() and not plan.visits.filter(member=None).exists():
        # The demonstration has one officer of the province, who therefore says why.
        approve_plan(
            plan=plan, by=officer, alone_because="Bản minh hoạ chỉ có một cán bộ Sở duyệt kế hoạch"
        )
        _begin_visit(plan, users["committee_member"], today)


def _set_day(visit, first, *, by):
    """A day with lessons from the first one on; at the end of the month any."""
    last = Month.of(visit.plan.month).last
    day = min(first, last)
    while True:
        try:
            change_visit(
                visit=visit,
                member=visit.member,
                planned_on=day,
                by=by,
                may_lack_lessons=day == last,
            )
        except NoLessons:
            day += ONE_DAY
        else:
            return


def _begin_visit(plan, user, today):
    """The member's next visit, half written down: some answers, one class counted."""
    visit = plan.visits.filter(member__user=user).order_by("planned_on", "rank").first()
    if visit is None:
        return
    items = list(ChecklistItem.objects.order_by("place")[:3])
    answer_checklist(
        visit=visit,
        answers=[
            Answered(item.pk, answer, note)
            for item, answer, note in zip(
                items,
                ["yes", "partly", "no"],
                ["", "Hai bản chưa có người phụ trách", "Quý III chưa họp"],
                strict=False,
            )
        ],
        by=user,
    )
    _count_one_class(visit, user, until=today, fewer=2, note="Hai em về nhà")
