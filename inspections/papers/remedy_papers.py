"""The report of a commune on what it did about the recommendations of a visit (báo cáo khắc phục).

In Vietnamese, like every paper of an office. No name of a child: answers are to name none.
"""

import datetime
from collections.abc import Sequence

from django.utils import timezone

from core.documents.official_papers import Appendix, Column, OfficialPaper
from core.months import Month
from reports.papers.drafts import Office
from reports.papers.offices import lower_first, month_year, office_of, place_of
from reports.papers.symbols import symbol_of

from ..models import Recommendation, Visit
from ..selectors.visits import recommendations_of

# Of an answer the table says so much; the first part has the whole.
ANSWER_SHOWN = 300
DONE, ANSWERED = Recommendation.State.DONE, Recommendation.State.ANSWERED


def office_of_inspected(visit: Visit) -> Office:
    """The office of the commune that was visited."""
    return office_of(visit.commune, Month.of(visit.plan.month))


def remedies(visit: Visit) -> OfficialPaper:
    """The report of a commune on each recommendation of a visit: done, with what shows it, or not.

    Args:
        visit: recorded, with its commune and plan.
    """
    office, today = office_of_inspected(visit), timezone.localdate()
    commune = lower_first(visit.commune.title)
    asked = list(recommendations_of(visit))
    done = [each for each in asked if each.state in {DONE, ANSWERED}]
    left = [each for each in asked if each not in done]
    to = office_of(visit.plan.area, Month.of(visit.plan.month)).name
    assert visit.visited_on is not None, "only of a recorded visit there are recommendations"
    subject = (
        f"Kết quả khắc phục theo kiến nghị của đoàn kiểm tra ngày {visit.visited_on:%d/%m/%Y}, "
        f"{commune}"
    )
    return OfficialPaper(
        above=office.above,
        issuer=office.name,
        symbol=symbol_of(office, "report", on=today),
        place=place_of(visit.commune),
        month_year=month_year(),
        kind="BÁO CÁO",
        subject=subject,
        to=(to,),
        sections=[
            ("I. Tình hình chung", [_summary(asked, today)]),
            (
                "II. Việc đã làm",
                [f"{place}. {_done(each)}" for place, each in enumerate(done, start=1)]
                or ["Chưa có kiến nghị nào được trả lời."],
            ),
            (
                "III. Việc chưa làm xong",
                [f"{place}. {_left(each, today)}" for place, each in enumerate(left, start=1)]
                or ["Không còn."],
            ),
        ],
        recipients=["Như trên;", "Đoàn kiểm tra;", "Lưu: VT."],
        signs=office.signs,
        appendix=_appendix(asked, subject, today) if asked else None,
    )


def _summary(asked: Sequence[Recommendation], today: datetime.date) -> str:
    if not asked:
        return "Đoàn kiểm tra không để lại kiến nghị."
    confirmed = sum(each.state == DONE for each in asked)
    answered = sum(each.state == ANSWERED for each in asked)
    late = sum(each.days_late(today) > 0 for each in asked)
    left = len(asked) - confirmed - answered
    return (
        f"Đoàn kiểm tra để lại {len(asked)} kiến nghị: {confirmed} đã làm xong và được xác nhận, "
        f"{answered} đã làm, chờ xác nhận, {left} chưa làm xong, trong đó {late} quá hạn. "
        "Từng kiến nghị ở phụ lục."
    )


def _done(each: Recommendation) -> str:
    said = (each.remedy or each.evidence).strip().rstrip(".")
    day = each.remedied_on or each.done_on
    when = f", ngày {day:%d/%m/%Y}" if day is not None else ""
    proofs = len(each.proofs.all())
    shown = f"; minh chứng: {proofs} tệp" if proofs else ""
    return f"{_asked(each)}: {said}{when}{shown}; {_state(each)}."


def _left(each: Recommendation, today: datetime.date) -> str:
    late = ", quá hạn" if each.days_late(today) else ""
    return f"{_asked(each)} ({each.owner}, hạn {each.due_on:%d/%m/%Y}{late})."


def _asked(each: Recommendation) -> str:
    to = f"{each.school.name}: " if each.school is not None else ""
    return f"{to}{each.text.rstrip(' .')}"


def _state(each: Recommendation) -> str:
    return "đã được xác nhận" if each.state == DONE else "chờ xác nhận"


def _appendix(asked: Sequence[Recommendation], title: str, today: datetime.date) -> Appendix:
    columns = [
        Column("TT", 10),
        Column("Kiến nghị", 70, is_text=True),
        Column("Mức độ", 22, is_text=True),
        Column("Người chịu trách nhiệm", 40, is_text=True),
        Column("Hạn", 22),
        Column("Đã làm", 70, is_text=True),
        Column("Ngày xong", 22),
        Column("Minh chứng", 18),
        Column("Tình trạng", 30, is_text=True),
    ]
    rows = []
    for place, each in enumerate(asked, start=1):
        day = each.remedied_on or each.done_on
        is_open = each.state == Recommendation.State.OPEN
        late = "quá hạn" if each.days_late(today) else "chưa xong"
        rows.append(
            [
                str(place),
                _asked(each),
                each.get_severity_display() if each.severity else "—",
                each.owner,
                f"{each.due_on:%d/%m/%Y}",
                "" if is_open else _shortened(each.remedy or each.evidence),
                f"{day:%d/%m/%Y}" if day is not None and not is_open else "",
                str(len(each.proofs.all())),
                late if is_open else _state(each),
            ]
        )
    proofs = sum(len(each.proofs.all()) for each in asked)
    total = ["", f"Tổng: {len(rows)} kiến nghị", "", "", "", "", "", str(proofs), ""]
    return Appendix(title=title, columns=columns, rows=rows, total=total)


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    if len(text) <= ANSWER_SHOWN:
        return text
    return text[:ANSWER_SHOWN].rsplit(" ", 1)[0] + " …"
