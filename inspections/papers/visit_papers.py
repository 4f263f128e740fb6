"""The papers of a visit: minutes to take along, minutes, notices to the commune.

In Vietnamese, like every paper of an office. No name of a child: what is found is numbers.
"""

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.documents.official_papers import Appendix, Column, OfficialPaper, month_and_year
from core.formatting import number
from core.months import Month
from core.types import StrOrPromise
from core.workflow import Transition
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

from ..models import ChecklistAnswer, HeadCount, Member, Recommendation, Visit
from ..models.visits import ISSUE_MINUTES, ISSUE_MOVED, ISSUE_NOTICE, ISSUE_REMEDIES, ISSUE_RESULT
from ..selectors.findings import Question, checklist_of, counts_of
from ..selectors.households import checks_of, count_checked
from ..selectors.visits import recommendations_of
from .drafts import MINUTES, MOVED, NOTICE, PLAN, REMEDIES, RESULT, issued_papers
from .plan_papers import plan_named
from .remedy_papers import office_of_inspected, remedies

# What is written by hand; it may break anywhere, so that a line of it is full.
DOTS = "…\u200b"
LINE = DOTS * 40
ROOM = 5  # lines for a conclusion, or recommendations


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
    said = [*_paragraphs(visit.result)] or [LINE] * ROOM
    asked = [_asked(each) for each in recommendations_of(visit)]
    if not asked:
        asked = ["Không có kiến nghị."] if visit.state == Visit.State.DONE else [LINE] * ROOM
    sections: list[tuple[str, Sequence[str]]] = [
        (
            "I. Thời gian, địa điểm, thành phần",
            [
                f"Ngày {day:%d/%m/%Y}, tại {lower_first(visit.commune.title)}."
                if day
                else f"Ngày {DOTS * 10}, tại {lower_first(visit.commune.title)}.",
                f"Đoàn kiểm tra: {_people(_team(visit)) or LINE}.",
                *(
                    [f"Đơn vị được kiểm tra: {'; '.join(visit.representatives)}."]
                    if visit.represented_by
                    else [f"Đơn vị được kiểm tra: {LINE}", LINE]
                ),
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
        # In the register of papers; on the page the other side signs there.
        recipients=["Hai bên, mỗi bên một bản;", "Lưu: VT."],
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


def moved(visit: Visit) -> OfficialPaper:
    """The notice (thông báo) that a visit comes on another day of the month of its plan, and why.

    Args:
        visit: planned, its day changed after the approval; with its commune, plan and member.
    """
    office = office_of_visit(visit)
    commune = lower_first(visit.commune.title)
    assert visit.moved_from is not None, "only of a visit whose day was changed"
    before, day = f"{visit.moved_from:%d/%m/%Y}", f"{visit.planned_on:%d/%m/%Y}"
    why = [f"Lý do: {visit.moved_because.rstrip(' .')}."] if visit.moved_because else []
    decided = ""
    if visit.moved_by is not None and visit.moved_at is not None:
        decided = (
            f"Người quyết định: {visit.moved_by.full_name}, ngày "
            f"{timezone.localdate(visit.moved_at):%d/%m/%Y}."
        )
    return OfficialPaper(
        above=office.above,
        issuer=office.name,
        symbol=symbol_of(office, "notice", on=timezone.localdate()),
        place=place_of(visit.plan.area),
        month_year=month_year(),
        kind="THÔNG BÁO",
        subject=f"Về việc thay đổi ngày kiểm tra tại {commune}",
        sections=[
            (
                "",
                [
                    f"Theo {plan_named(visit.plan, issued_papers(visit.plan).get(PLAN))}, đoàn "
                    f"kiểm tra làm việc tại {commune} ngày {before}.",
                    f"Nay thông báo lượt kiểm tra trên chuyển sang ngày {day}.",
                    *why,
                    f"Đoàn kiểm tra: {_people(_team(visit))}. Nội dung kiểm tra không thay đổi.",
                    *([decided] if decided else []),
                    f"{PEOPLES_COMMITTEE} {commune}, các trường và thành viên đoàn biết, thực "
                    "hiện.",
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


def results(visit: Visit) -> OfficialPaper:
    """The notice (thông báo) to the commune of what a visit found, and who must do what until when.

    Rule: official letter 785/UBND-VX, item 2f: what an inspection found is told after it.

    Args:
        visit: recorded, with its commune, plan and member.
    """
    office = office_of_visit(visit)
    commune = lower_first(visit.commune.title)
    assert visit.visited_on is not None, "only of a recorded visit there are results"
    day = f"{visit.visited_on:%d/%m/%Y}"
    asked = list(recommendations_of(visit))
    said = [*_paragraphs(visit.result)]
    said += [
        f"Bổ sung ngày {timezone.localtime(each.made_at):%d/%m/%Y}: {each.text}"
        for each in visit.supplements.to_all()
    ]
    # The notice goes to schools too: a line of one of them, or of the commune alone, is not theirs.
    late = visit.supplements.exclude(part="").count()
    if late:
        said.append(
            f"Có {late} nội dung ghi tại chỗ gửi về sau khi lập biên bản, ghi ở phần bổ sung của "
            "biên bản."
        )
    schools = list(dict.fromkeys(each.school.name for each in asked if each.school is not None))
    doing = [
        f"{PEOPLES_COMMITTEE} {commune} và các trường có tên ở mục III thực hiện kiến nghị đúng "
        "hạn, trả lời từng kiến nghị kèm minh chứng; người khác với người trả lời xác nhận."
        if asked
        else f"{PEOPLES_COMMITTEE} {commune} và các trường biết, tiếp tục thực hiện."
    ]
    return OfficialPaper(
        above=office.above,
        issuer=office.name,
        symbol=symbol_of(office, "notice", on=timezone.localdate()),
        place=place_of(visit.plan.area),
        month_year=month_year(),
        kind="THÔNG BÁO",
        subject=f"Kết quả kiểm tra huy động, duy trì sĩ số và chuyên cần ngày {day} tại {commune}",
        sections=[
            (
                "",
                [
                    f"Theo {plan_named(visit.plan, issued_papers(visit.plan).get(PLAN))}, ngày "
                    f"{day} đoàn kiểm tra ({_people(_team(visit))}) đã làm việc tại {commune}. "
                    f"{office.name} thông báo kết quả như sau:"
                ],
            ),
            ("I. Kết luận", said),
            ("II. Những điểm đã phát hiện", _found(visit)),
            (
                "III. Kiến nghị",
                [f"{place}. {_asked(each)}" for place, each in enumerate(asked, start=1)]
                or ["Không có kiến nghị."],
            ),
            ("IV. Tổ chức thực hiện", doing),
        ],
        recipients=[
            f"{PEOPLES_COMMITTEE} {commune};",
            *(f"{name};" for name in schools),
            "Thành viên đoàn kiểm tra;",
            "Lưu: VT.",
        ],
        signs=office.signs,
    )


def _found(visit: Visit) -> list[str]:
    """What was found wanting: questions answered no or in part, pupils counted, households."""
    wanting = {ChecklistAnswer.Answer.NO, ChecklistAnswer.Answer.PARTLY}
    said = [
        _answer(each)
        for each in checklist_of(visit)
        if each.answer is not None and each.answer.answer in wanting
    ]
    counts = list(counts_of(visit))
    if counts:
        said += [*_counted(counts, appendix=False)]
    # Which household it is stands in the minutes alone.
    said += _households(visit)[:1]
    return said or ["Không có điểm nào khác với yêu cầu của danh mục kiểm tra."]


PAPERS: dict[Visit.State, VisitPaper] = {
    Visit.State.PLANNED: VisitPaper(_("Minutes to take along"), "mau-bien-ban-kiem-tra", minutes),
    Visit.State.DONE: VisitPaper(_("Minutes to sign"), "bien-ban-kiem-tra", minutes),
    Visit.State.CANCELLED: VisitPaper(
        _("Notice that the visit is not made"), "thong-bao-luot-kiem-tra", called_off
    ),
}


@dataclass(frozen=True)
class NumberedPaper:
    """A paper of a visit that gets a number of its office.

    Attributes:
        code: as it is stored with every paper issued, before the number of the visit.
        kind: an `IssuedPaper.Kind`.
        step: the transition that issuing is.
        since: the name of the moment or day of the visit before which the paper bears none.
        by_team: whether who is in charge of the visit signs it, not the head of the office.
        name, file_stem, make: as `VisitPaper`.
    """

    code: str
    kind: str
    step: Transition[Visit]
    since: str
    name: StrOrPromise
    file_stem: str
    make: Callable[[Visit], OfficialPaper]
    # Whether there is none before that moment.
    only_since: bool = False
    by_team: bool = False
    # Whether the commune writes it, not who inspects.
    by_inspected: bool = False
    # Whether the head of a school that the visit concerns reads it, not the commune alone.
    is_to_schools: bool = False

    def issued_code(self, visit: Visit) -> str:
        """Under which code the paper of one visit is issued."""
        return f"{self.code}:{visit.pk}"

    def fits(self, visit: Visit) -> bool:
        """Whether a visit as it is now has such a paper."""
        is_there = not self.only_since or getattr(visit, self.since) is not None
        return visit.state in self.step.sources and is_there

    def office(self, visit: Visit) -> Office:
        """Whose paper it is."""
        return office_of_inspected(visit) if self.by_inspected else office_of_visit(visit)

    def draft(self, visit: Visit) -> Draft:
        """The paper of a visit, to be issued; it bears no day before what it tells of."""
        since = getattr(visit, self.since)
        if isinstance(since, datetime.datetime):
            since = timezone.localdate(since)
        signer = visit.member.full_name if self.by_team and visit.member is not None else ""
        return Draft(
            self.office(visit),
            self.kind,
            self.issued_code(visit),
            Month.of(visit.plan.month),
            lambda: self.make(visit),
            area=visit.commune,
            not_before=since,
            position="Trưởng đoàn" if signer else "",
            signer=signer,
        )


REMEDY = "remedies"
# By what the address of a paper says.
NUMBERED: dict[str, NumberedPaper] = {
    "off": NumberedPaper(
        NOTICE,
        IssuedPaper.Kind.NOTICE,
        ISSUE_NOTICE,
        "called_off_at",
        _("Notice that the visit is not made"),
        "thong-bao-luot-kiem-tra",
        called_off,
    ),
    "moved": NumberedPaper(
        MOVED,
        IssuedPaper.Kind.NOTICE,
        ISSUE_MOVED,
        "moved_at",
        _("Notice of the new day"),
        "thong-bao-doi-ngay-kiem-tra",
        moved,
        only_since=True,
    ),
    "minutes": NumberedPaper(
        MINUTES,
        IssuedPaper.Kind.MINUTES,
        ISSUE_MINUTES,
        "visited_on",
        _("Minutes"),
        "bien-ban-kiem-tra",
        minutes,
        by_team=True,
    ),
    "result": NumberedPaper(
        RESULT,
        IssuedPaper.Kind.NOTICE,
        ISSUE_RESULT,
        "recorded_at",
        _("Notice of the results"),
        "thong-bao-ket-qua-kiem-tra",
        results,
        is_to_schools=True,
    ),
    REMEDY: NumberedPaper(
        REMEDIES,
        IssuedPaper.Kind.REPORT,
        ISSUE_REMEDIES,
        "recorded_at",
        _("Report on the recommendations"),
        "bao-cao-khac-phuc",
        remedies,
        by_inspected=True,
    ),
}


def papers_issued(visit: Visit) -> dict[str, IssuedPaper]:
    """Dict of `NUMBERED` -> the paper of a visit that was issued and stands; one query."""
    codes = {each.issued_code(visit): key for key, each in NUMBERED.items()}
    found = papers_about(area=visit.commune, month=Month.of(visit.plan.month), reports=[*codes])
    return {codes[code]: paper for code, paper in found.items()}


def papers_to_read(visit: Visit, *, is_whole: bool) -> list[tuple[StrOrPromise, IssuedPaper]]:
    """[(name, paper)] issued of a visit and in force, for those inspected; one query.

    Args:
        is_whole: for the commune; a school reads what is to schools too.
    """
    return [
        (NUMBERED[key].name, paper)
        for key, paper in papers_issued(visit).items()
        if is_whole or NUMBERED[key].is_to_schools
    ]


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


def _counted(counts: Sequence[HeadCount], *, appendix: bool = True) -> list[str]:
    if not counts:
        return [f"Đếm học sinh: {LINE}"]
    compared = [each for each in counts if each.registered is not None]
    where = " (phụ lục)" if appendix else ""
    said = f"Đã đếm {len(counts)} lượt lớp{where}: {number(sum(c.counted for c in counts))} em."
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
    grave = f"; mức độ: {asked.get_severity_display().lower()}" if asked.severity else ""
    return f"{asked.text.rstrip(' .')} ({to}{asked.owner}, hạn {asked.due_on:%d/%m/%Y}{grave})."


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
