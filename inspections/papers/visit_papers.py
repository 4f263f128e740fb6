"""The paper of a visit in each of its states: minutes to take along, minutes, notice.

In Vietnamese, like every paper of an office. No name of a child: what is found is numbers.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.documents.official_papers import Appendix, Column, OfficialPaper, month_and_year
from core.formatting import number
from core.months import Month
from core.types import StrOrPromise
from reports.models import IssuedPaper
from reports.papers.drafts import Draft, Office
from reports.papers.offices import (
    PEOPLES_COMMITTEE,
    lower_first,
    month_year,
    office_of,
    place_of,
)
from reports.papers.register import papers_about
from reports.papers.symbols import symbol_of

from ..models import HeadCount, Member, Recommendation, Visit
from ..selectors.findings import Question, checklist_of, counts_of
from ..selectors.households import checks_of, count_checked
from ..selectors.visits import recommendations_of
from .drafts import NOTICE, PLAN, issued_papers
from .plan_papers import plan_named

# What is written by hand; it may break anywhere, so that a line of it is full.
DOTS = "…\u200b"
LINE = DOTS * 40


@dataclass(frozen=True)
class VisitPaper:
    """The paper of a state: its name on the page, the beginning of its file's name, its text."""

    name: StrOrPromise
    file_stem: str
    make: Callable[[Visit], OfficialPaper]


def minutes(visit: Visit) -> OfficialPaper:
    """The minutes (biên bản) of a visit, signed by both sides.

    Of a visit that is still to be made they have what was written down so far, and dotted lines
    for the rest.

    Args:
        visit: with its commune, plan and member.
    """
    office, day = office_of_visit(visit), visit.visited_on
    counts = list(counts_of(visit))
    said = [*_paragraphs(visit.result)] or [LINE] * 3
    asked = [_asked(each) for each in recommendations_of(visit)]
    if not asked:
        asked = ["Không có kiến nghị."] if visit.state == Visit.State.DONE else [LINE] * 3
    sections: list[tuple[str, Sequence[str]]] = [
        (
            "I. Thời gian, địa điểm, thành phần",
            [
                f"Ngày {day:%d/%m/%Y}, tại {lower_first(visit.commune.title)}."
                if day
                else f"Ngày {DOTS * 10}, tại {lower_first(visit.commune.title)}.",
                f"Đoàn kiểm tra: {_people(_team(visit)) or LINE}.",
                f"Đơn vị được kiểm tra: {LINE}",
            ],
        ),
        ("II. Nội dung kiểm tra", [_answer(each) for each in checklist_of(visit)]),
        ("III. Đếm học sinh, đối chiếu hộ gia đình", [*_counted(counts), *_households(visit)]),
        ("IV. Kết luận", said),
        ("V. Kiến nghị", asked),
    ]
    added = [
        f"{timezone.localtime(each.made_at):%d/%m/%Y}, {each.made_by.full_name}: {each.text}"
        for each in visit.supplements.select_related("made_by")
    ]
    if added:
        sections.append(("Bổ sung sau biên bản", added))
    closing = "Biên bản được đọc cho hai bên nghe, công nhận là đúng và lập thành hai bản."
    sections.append(("", [closing]))
    committee = visit.member.committee.name if visit.member is not None else office.name
    return OfficialPaper(
        above=committee,
        issuer="Đoàn kiểm tra",
        symbol=symbol_of(office, "minutes", on=timezone.localdate()),
        place=visit.commune.name,
        month_year=month_and_year(day) if day else month_year(),
        day=f"{day:%d}" if day else "",
        kind="BIÊN BẢN",
        subject="Kiểm tra huy động, duy trì sĩ số và chuyên cần, "
        f"{lower_first(visit.commune.title)}",
        sections=sections,
        recipients=[],
        other_side=["ĐẠI DIỆN", "ĐƠN VỊ ĐƯỢC KIỂM TRA"],
        signs=["ĐẠI DIỆN", "ĐOÀN KIỂM TRA"],
        appendix=_appendix(counts, visit) if counts else None,
    )


def called_off(visit: Visit) -> OfficialPaper:
    """The notice (thông báo) that a visit is not made, why, who decided it, and the new day.

    Args:
        visit: called off, with its commune, plan and member.
    """
    office = office_of_visit(visit)
    commune = lower_first(visit.commune.title)
    is_put_off = visit.put_off_to is not None
    of_day = f" ngày {visit.planned_on:%d/%m/%Y}" if visit.planned_on else ""
    along = [each for each in _team(visit) if each != visit.member]
    team = f", người phụ trách: {visit.member.described}" if visit.member is not None else ""
    team += f"; cùng đi: {_people(along)}" if along else ""
    decided = ""
    if visit.called_off_by is not None and visit.called_off_at is not None:
        decided = (
            f"Người quyết định: {visit.called_off_by.full_name}, ngày "
            f"{timezone.localdate(visit.called_off_at):%d/%m/%Y}."
        )
    return OfficialPaper(
        above=office.above,
        issuer=office.name,
        symbol=symbol_of(office, "notice", on=timezone.localdate()),
        place=place_of(visit.plan.area),
        month_year=month_year(),
        kind="THÔNG BÁO",
        subject=f"Về việc {'dời' if is_put_off else 'không thực hiện'} lượt kiểm tra{of_day} "
        f"tại {commune}",
        sections=[
            (
                "",
                [
                    f"Theo {plan_named(visit.plan, issued_papers(visit.plan).get(PLAN))}, đoàn "
                    f"kiểm tra làm việc tại {commune}{of_day}{team}.",
                    "Nay thông báo lượt kiểm tra trên "
                    + ("được dời sang ngày khác." if is_put_off else "không thực hiện."),
                    f"Lý do: {visit.called_off_because.rstrip(' .') or 'không ghi lại'}.",
                    f"Ngày mới: {visit.put_off_to:%d/%m/%Y}, theo kế hoạch kiểm tra của tháng đó."
                    if visit.put_off_to
                    else "Ngày kiểm tra lại: chưa định; khi có, cơ quan thông báo sau.",
                    *([decided] if decided else []),
                    "Cảnh báo của xã về số liệu vẫn còn, được xét ở kế hoạch sau. Các trường, "
                    f"{PEOPLES_COMMITTEE} {commune} và thành viên đoàn biết, thực hiện.",
                ],
            )
        ],
        recipients=[
            f"{PEOPLES_COMMITTEE} {commune};",
            "Thành viên đoàn kiểm tra;",
            "Lưu: VT.",
        ],
        signs=office.signs,
    )


PAPERS: dict[Visit.State, VisitPaper] = {
    Visit.State.PLANNED: VisitPaper(_("Minutes to take along"), "mau-bien-ban-kiem-tra", minutes),
    Visit.State.DONE: VisitPaper(_("Minutes to sign"), "bien-ban-kiem-tra", minutes),
    Visit.State.CANCELLED: VisitPaper(
        _("Notice that the visit is not made"), "thong-bao-luot-kiem-tra", called_off
    ),
}


def notice_code(visit: Visit) -> str:
    """Under which code the notice of a visit is issued."""
    return f"{NOTICE}:{visit.pk}"


def notice_issued(visit: Visit) -> IssuedPaper | None:
    """The notice of a visit that was issued and stands; one query."""
    code = notice_code(visit)
    found = papers_about(area=visit.commune, month=Month.of(visit.plan.month), reports=[code])
    return found.get(code)


def notice_draft(visit: Visit) -> Draft:
    """The notice of a visit called off, to be issued; it bears no day before it was called off."""
    called_off_at = visit.called_off_at
    return Draft(
        office_of_visit(visit),
        IssuedPaper.Kind.NOTICE,
        notice_code(visit),
        Month.of(visit.plan.month),
        lambda: called_off(visit),
        area=visit.commune,
        not_before=timezone.localdate(called_off_at) if called_off_at is not None else None,
    )


def office_of_visit(visit: Visit) -> Office:
    """Which office writes the papers of a visit."""
    return office_of(visit.plan.area, Month.of(visit.plan.month))


def _team(visit: Visit) -> list[Member]:
    return [each for each in (visit.member, *visit.team.all()) if each is not None]


def _people(members: Iterable[Member]) -> str:
    return "; ".join(each.described for each in members)


def _answer(question: Question) -> str:
    text = question.item.text.rstrip(" ?.:")
    if question.answer is None:
        return f"{text}: {DOTS * 20}"
    note = f" ({question.answer.note})" if question.answer.note else ""
    return f"{text}: {question.answer.get_answer_display()}{note}."


def _counted(counts: Sequence[HeadCount]) -> list[str]:
    if not counts:
        return [f"Đếm học sinh: {LINE}"]
    compared = [each for each in counts if each.registered is not None]
    said = f"Đã đếm {len(counts)} lượt lớp (phụ lục): {number(sum(c.counted for c in counts))} em."
    if compared:
        said += (
            f" Ở {len(compared)} lượt lớp có sổ điểm danh cùng buổi: đếm được "
            f"{number(sum(c.counted for c in compared))} em, theo sổ có mặt "
            f"{number(sum(c.registered or 0 for c in compared))} em."
        )
    return [said]


def _households(visit: Visit) -> list[str]:
    checks = list(checks_of(visit))
    if not checks:
        return []
    found = count_checked(checks)
    said = [
        f"Đã đối chiếu {found['all']} hộ với phiếu điều tra, {found['differing']} hộ khác phiếu."
    ]
    return said + [
        f"{each.village}, phiếu {each.form_number}: {each.note}."
        for each in checks
        if each.result == "differs"
    ]


def _asked(asked: Recommendation) -> str:
    to = f"{asked.school.name}, " if asked.school is not None else ""
    return f"{asked.text.rstrip(' .')} ({to}{asked.owner}, hạn {asked.due_on:%d/%m/%Y})."


def _appendix(counts: Sequence[HeadCount], visit: Visit) -> Appendix:
    columns = [
        Column("TT", 10),
        Column("Trường", 60, is_text=True),
        Column("Lớp", 25, is_text=True),
        Column("Buổi, ngày", 30, is_text=True),
        Column("Sĩ số", 18),
        Column("Có mặt theo sổ", 22),
        Column("Đếm được", 20),
        Column("Ghi chú", 70, is_text=True),
    ]
    rows = [
        [
            str(place),
            each.school.name,
            each.school_class.name,
            f"{each.get_session_display()}, {each.date:%d/%m/%Y}",
            number(each.roll),
            "—" if each.registered is None else number(each.registered),
            number(each.counted),
            each.note,
        ]
        for place, each in enumerate(counts, start=1)
    ]
    return Appendix(
        title=f"Đếm học sinh tại lớp, {lower_first(visit.commune.title)}",
        columns=columns,
        rows=rows,
        total=[
            "",
            f"Tổng: {len(rows)} lượt lớp",
            "",
            "",
            number(sum(each.roll for each in counts)),
            "",
            number(sum(each.counted for each in counts)),
            "",
        ],
    )


def _paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
