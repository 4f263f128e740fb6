"""The papers of an inspection plan: the plan itself, and the decision that sends the team.

In Vietnamese, like every paper of an office. No name of a child: the reasons speak of figures.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils import timezone

from core.documents.official_papers import Appendix, Column, OfficialPaper
from core.months import Month
from reports.models import IssuedPaper
from reports.papers.drafts import Office
from reports.papers.offices import lower_first, month_year, office_of, place_of
from reports.papers.symbols import symbol_of

from ..models import ChecklistItem, InspectionPlan, Member, Visit

# Of the reasons for a commune the appendix says so much; the page of the plan has them all.
REASON_SHOWN = 300


@dataclass(frozen=True)
class _Sent:
    """A member of the team and the visits they are in charge of or go along to."""

    member: Member
    leads: list[Visit]
    goes_along: list[Visit]


def plan_paper(plan: InspectionPlan, visits: Sequence[Visit]) -> OfficialPaper:
    """The plan (kế hoạch): why these communes, what is looked at, who goes when.

    Args:
        visits: of the plan, in order, with communes, members and teams.
    """
    month = Month.of(plan.month)
    sections = ChecklistItem.objects.on(month.last).order_by("place", "pk")
    looked_at = dict.fromkeys(sections.values_list("section", flat=True))
    asked = _asked(visits)
    days = sorted(each.planned_on for each in asked if each.planned_on)
    when = "Chưa định ngày"
    if days:
        when = f"Ngày {days[0]:%d/%m/%Y}"
        if days[-1] != days[0]:
            when = f"Từ ngày {days[0]:%d/%m/%Y} đến ngày {days[-1]:%d/%m/%Y}"
    return _paper(
        plan,
        kind="KẾ HOẠCH",
        symbol="plan",
        subject=f"Kiểm tra huy động, duy trì sĩ số và chuyên cần, {_where(plan)}",
        sections=[
            (
                "I. Căn cứ chọn nơi kiểm tra",
                [
                    f"Cảnh báo từ số liệu tháng {Month.of(plan.based_on).label}, nơi cần kíp nhất "
                    "trước; lý do của từng xã ở phụ lục."
                ],
            ),
            (
                "II. Nội dung kiểm tra",
                [
                    f"{'; '.join(looked_at)}.",
                    "Đếm sĩ số tại lớp, so với sổ điểm danh cùng buổi; đối chiếu hộ gia đình với "
                    "phiếu điều tra.",
                ],
            ),
            (
                "III. Thời gian, địa điểm",
                [
                    f"{when}, tại {len(asked)} xã, phường; ngày, người phụ trách và người cùng đi "
                    "của từng nơi ở phụ lục."
                ],
            ),
            (
                "IV. Tổ chức thực hiện",
                [
                    "Mỗi lượt kiểm tra có biên bản; kiến nghị ghi rõ người chịu trách nhiệm và "
                    "thời hạn.",
                    "Xã, phường và trường được kiểm tra trả lời kiến nghị; người khác với người "
                    "trả lời xác nhận việc đã làm.",
                ],
            ),
        ],
        recipients=["Các xã, phường được kiểm tra;", "Thành viên đoàn kiểm tra;", "Lưu: VT."],
        appendix=_appendix(plan, asked),
    )


def team_decision(
    plan: InspectionPlan, visits: Sequence[Visit], issued: IssuedPaper | None = None
) -> OfficialPaper:
    """The decision (quyết định) that founds the team of a plan, with the duty of each member.

    Args:
        visits: as `plan_paper`.
        issued: the plan as it was issued, which the decision then names.
    """
    team = _team(_asked(visits))
    return _paper(
        plan,
        kind="QUYẾT ĐỊNH",
        symbol="decision",
        subject="Về việc thành lập đoàn kiểm tra huy động, duy trì sĩ số và chuyên cần, "
        f"{_where(plan)}",
        sections=[
            (
                "Điều 1. Thành lập đoàn kiểm tra gồm các thành viên",
                [f"{place}. {_duty(each)}" for place, each in enumerate(team, start=1)]
                or ["Chưa có người được phân công."],
            ),
            (
                "Điều 2. Nhiệm vụ",
                [
                    "Đoàn kiểm tra theo kế hoạch, lập biên bản từng nơi, ghi kiến nghị có người "
                    "chịu trách nhiệm và thời hạn, theo dõi đến khi được thực hiện."
                ],
            ),
            (
                "Điều 3. Hiệu lực",
                [
                    "Quyết định có hiệu lực từ ngày ký; đoàn tự giải thể khi hoàn thành nhiệm vụ. "
                    "Các thành viên có tên ở Điều 1 và nơi được kiểm tra thi hành Quyết định này."
                ],
            ),
        ],
        recipients=["Như Điều 3;", "Lưu: VT."],
        grounds=[f"Căn cứ {plan_named(plan, issued)}."],
    )


def _paper(
    plan: InspectionPlan,
    *,
    kind: str,
    symbol: str,
    subject: str,
    sections: list[tuple[str, list[str]]],
    recipients: list[str],
    appendix: Appendix | None = None,
    grounds: Sequence[str] = (),
) -> OfficialPaper:
    office = office_of(plan.area, Month.of(plan.month))
    return OfficialPaper(
        above=office.above,
        issuer=office.name,
        symbol=symbol_of(office, symbol, on=timezone.localdate()),
        place=place_of(plan.area),
        month_year=month_year(),
        kind=kind,
        subject=subject,
        sections=sections,
        recipients=recipients,
        signs=office.signs,
        appendix=appendix,
        authority=_authority(office) if grounds else "",
        grounds=grounds,
    )


def _authority(office: Office) -> str:
    """Who decides: the body for which its head signs, or the head of the office."""
    *body, head = office.signs
    return office.name if body else f"{head} {office.name}"


def plan_named(plan: InspectionPlan, issued: IssuedPaper | None) -> str:
    """A plan as another paper names it: by its number when it was issued."""
    of_month = f"kiểm tra tháng {Month.of(plan.month).label}, {lower_first(plan.area.title)}"
    if issued is None:
        return f"kế hoạch {of_month}"
    return (
        f"Kế hoạch số {issued.full_number} ngày {issued.issued_on:%d/%m/%Y} "
        f"của {issued.office_name} về {of_month}"
    )


def _asked(visits: Iterable[Visit]) -> list[Visit]:
    """Without those called off."""
    return [each for each in visits if each.state != Visit.State.CANCELLED]


def _where(plan: InspectionPlan) -> str:
    return f"{lower_first(plan.area.title)}, tháng {Month.of(plan.month).label}"


def _appendix(plan: InspectionPlan, visits: Sequence[Visit]) -> Appendix:
    columns = [
        Column("TT", 10),
        Column("Xã, phường", 36, is_text=True),
        Column("Ngày", 22),
        Column("Người phụ trách", 45, is_text=True),
        Column("Cùng đi", 40, is_text=True),
        Column("Vì sao kiểm tra", 100, is_text=True),
    ]
    rows = [
        [
            str(place),
            each.commune.title,
            _day(each),
            each.member.described if each.member else "Chưa phân công",
            "; ".join(member.full_name for member in each.team.all()) or "—",
            _shortened(" ".join(each.reason.split())),
        ]
        for place, each in enumerate(visits, start=1)
    ]
    return Appendix(
        title=f"NƠI KIỂM TRA, {_where(plan).upper()}",
        columns=columns,
        rows=rows,
        total=["", f"Tổng: {len(rows)} nơi", "", "", "", ""],
    )


def _team(visits: Iterable[Visit]) -> list[_Sent]:
    found: dict[int, _Sent] = {}
    for visit in visits:
        if visit.member is not None:
            found.setdefault(visit.member.pk, _Sent(visit.member, [], [])).leads.append(visit)
        for member in visit.team.all():
            found.setdefault(member.pk, _Sent(member, [], [])).goes_along.append(visit)
    return list(found.values())


def _duty(sent: _Sent) -> str:
    parts = [
        f"{words} {', '.join(f'{lower_first(each.commune.title)} ({_day(each)})' for each in of)}"
        for words, of in (("phụ trách", sent.leads), ("cùng đi", sent.goes_along))
        if of
    ]
    sector = f", ngành phụ trách: {sent.member.sector}" if sent.member.sector else ""
    return f"{sent.member.described}{sector}; {'; '.join(parts)}."


def _day(visit: Visit) -> str:
    return f"{visit.planned_on:%d/%m/%Y}" if visit.planned_on else "chưa định ngày"


def _shortened(text: str) -> str:
    if len(text) <= REASON_SHOWN:
        return text
    return text[:REASON_SHOWN].rsplit(" ", 1)[0] + " …"
