"""The minutes of a meeting as a paper of the committee."""

from django.utils import timezone

from core.documents.official_papers import OfficialPaper, month_and_year
from core.months import Month
from reports.papers.offices import office_of, place_of
from reports.papers.symbols import symbol_of

from ..models import Meeting


def minutes_paper(meeting: Meeting) -> OfficialPaper:
    """The minutes (biên bản) of a meeting, to be printed and signed by the chair.

    Args:
        meeting: with its committee's area, its chair and those present.
    """
    committee = meeting.committee
    office = office_of(committee.area, Month.of(meeting.held_on))
    present = sorted(meeting.present.all(), key=lambda each: each.name_key)
    return OfficialPaper(
        above=office.name,
        issuer=committee.name,
        symbol=symbol_of(office, "minutes", on=timezone.localdate()),
        place=place_of(committee.area),
        month_year=month_and_year(meeting.held_on),
        kind="BIÊN BẢN",
        subject=f"Họp {committee.name}, ngày {meeting.held_on:%d/%m/%Y}",
        sections=[
            (
                "I. Thời gian, địa điểm, thành phần",
                [
                    f"Ngày {meeting.held_on:%d/%m/%Y}, tại {meeting.place}.",
                    f"Chủ trì: {meeting.chair.described}.",
                    "Thành viên có mặt: " + "; ".join(each.described for each in present) + ".",
                    *([f"Khách mời: {meeting.guests}."] if meeting.guests else []),
                ],
            ),
            ("II. Nội dung", _paragraphs(meeting.content)),
            ("III. Kết luận", _paragraphs(meeting.decided)),
        ],
        recipients=["Thành viên Ban Chỉ đạo;", "Lưu: VT."],
        signs=["CHỦ TRÌ"],
        day=f"{meeting.held_on:%d}",
    )


def _paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
