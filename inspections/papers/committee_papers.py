"""Decisions of an office on its committee: founding, changing, and the duties of its members.

In Vietnamese, like every paper of an office. Rule: official letter 785/UBND-VX, item 2b: committees
are kept complete, and the duty of every member is laid down.
"""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.documents.official_papers import Appendix, Column, OfficialPaper
from core.months import Month
from core.types import StrOrPromise
from core.vietnamese import fold
from reports.models import IssuedPaper
from reports.papers.drafts import Draft, Office
from reports.papers.offices import lower_first, month_year, office_of, place_of
from reports.papers.symbols import symbol_of
from schools.enums import AreaLevel

from ..models import Assignment, Committee, Member

FOUNDING, AMENDING, DUTIES = "committee_founding", "committee_amending", "committee_duties"
CODES = (FOUNDING, AMENDING, DUTIES)
ROLES = list(Member.Role.values)


@dataclass(frozen=True)
class CommitteePaper:
    """One paper on a committee.

    Attributes:
        code: as it is stored with every paper issued, before the number of the committee.
        name: in words, on the page of the committee.
        file_stem: the beginning of a file's name, ASCII.
        make: the paper as the committee is today.
        is_once: whether there is one, and another replaces it; else each month may have its own.
    """

    code: str
    name: StrOrPromise
    file_stem: str
    make: Callable[[Committee], OfficialPaper]
    is_once: bool = False

    def issued_code(self, committee: Committee) -> str:
        """Under which code the paper on one committee is issued."""
        return f"{self.code}:{committee.pk}"

    def draft(self, committee: Committee) -> Draft:
        """The paper, to be issued; it bears no day before the month it is of."""
        month = Month.of(committee.valid_from) if self.is_once else Month.current()
        return Draft(
            office_of_committee(committee),
            IssuedPaper.Kind.DECISION,
            self.issued_code(committee),
            month,
            lambda: self.make(committee),
            area=committee.area,
            # A committee may be founded for a day to come by a decision of today.
            not_before=min(month.first, timezone.localdate()),
        )


def office_of_committee(committee: Committee) -> Office:
    """Which office decides on a committee."""
    return office_of(committee.area, Month.current())


def founding(committee: Committee) -> OfficialPaper:
    """The decision (quyết định) that founds a committee, with its members of today."""
    people = _people(committee)
    return _decision(
        committee,
        subject=f"Về việc thành lập {committee.name}",
        sections=[
            (
                f"Điều 1. Thành lập {committee.name}, gồm các thành viên",
                _named(people) or ["Chưa có thành viên."],
            ),
            ("Điều 2. Nhiệm vụ", [*_tasks(committee)]),
            (
                "Điều 3. Hiệu lực",
                [
                    f"Quyết định có hiệu lực từ ngày ký; {committee.name} hoạt động từ ngày "
                    f"{committee.valid_from:%d/%m/%Y}. Các cơ quan liên quan và các thành viên có "
                    "tên ở Điều 1 thi hành Quyết định này."
                ],
            ),
        ],
        grounds=[],
        recipients="Như Điều 3;",
    )


def amending(committee: Committee) -> OfficialPaper:
    """The decision that brings a committee up to date (kiện toàn): who came, who left, who sits.

    Changes are those since the last decision on its members that was issued, else since its
    first day. A decision of this month is no such one: the new paper replaces it, and says again
    what it said.
    """
    since = _decided_on(committee) or committee.valid_from
    today = timezone.localdate()
    people = _people(committee)
    came = [each for each in people if each.valid_from > since]
    left = list(
        committee.members.filter(valid_to__gt=since, valid_to__lte=today).order_by("name_key", "pk")
    )
    changes = [f"Bổ sung: {each.described}, {_role(each)}." for each in came]
    changes += [
        f"Thôi tham gia từ ngày {each.valid_to:%d/%m/%Y}: {each.described}." for each in left
    ]
    return _decision(
        committee,
        subject=f"Về việc kiện toàn {committee.name}",
        sections=[
            (
                f"Điều 1. Kiện toàn {committee.name}",
                changes or [f"Thành phần không thay đổi từ ngày {since:%d/%m/%Y}."],
            ),
            ("Điều 2. Thành phần sau khi kiện toàn", _named(people) or ["Chưa có thành viên."]),
            (
                "Điều 3. Hiệu lực",
                [
                    "Quyết định có hiệu lực từ ngày ký; nội dung khác của quyết định thành lập "
                    "không thay đổi. Các cơ quan liên quan và các ông, bà có tên ở Điều 1, Điều 2 "
                    "thi hành Quyết định này."
                ],
            ),
        ],
        grounds=_founded(committee),
        recipients="Như Điều 3;",
    )


def duties(committee: Committee) -> OfficialPaper:
    """The decision that hands out the duties: sector, communes in charge, duty in words."""
    people = _people(committee)
    return _decision(
        committee,
        subject=f"Về việc phân công nhiệm vụ thành viên {committee.name}",
        sections=[
            (
                f"Điều 1. Phân công nhiệm vụ {len(people)} thành viên {committee.name}",
                ["Nhiệm vụ, địa bàn phụ trách của từng thành viên ở phụ lục kèm theo."],
            ),
            (
                "Điều 2. Trách nhiệm",
                [
                    "Thành viên chịu trách nhiệm về kết quả huy động, duy trì sĩ số, chuyên cần "
                    "của địa bàn được giao; kiểm tra, đôn đốc và báo cáo theo quy chế."
                ],
            ),
            (
                "Điều 3. Hiệu lực",
                [
                    "Quyết định có hiệu lực từ ngày ký, thay phân công trước đây. Các thành viên "
                    "có tên ở phụ lục thi hành Quyết định này."
                ],
            ),
        ],
        grounds=_founded(committee),
        recipients="Như Điều 3;",
        appendix=_appendix(committee, people),
    )


PAPERS = {
    "founding": CommitteePaper(
        FOUNDING, _("Founding decision"), "quyet-dinh-thanh-lap", founding, is_once=True
    ),
    "amending": CommitteePaper(
        AMENDING,
        _("Decision that brings the committee up to date"),
        "quyet-dinh-kien-toan",
        amending,
    ),
    "duties": CommitteePaper(DUTIES, _("Assignment of duties"), "quyet-dinh-phan-cong", duties),
}


def papers_issued(committee: Committee) -> dict[str, IssuedPaper]:
    """Dict of `PAPERS` -> the paper on a committee issued last and in force; one query."""
    codes = {each.issued_code(committee): key for key, each in PAPERS.items()}
    rows = IssuedPaper.objects.filter(
        area=committee.area, report__in=codes, replaced_by=None
    ).order_by("pk")
    return {codes[each.report]: each for each in rows}


def _decided_on(committee: Committee) -> datetime.date | None:
    codes = [PAPERS[key].issued_code(committee) for key in ("founding", "amending")]
    rows = IssuedPaper.objects.filter(
        area=committee.area, report__in=codes, replaced_by=None
    ).exclude(report=codes[1], month=Month.current().first)
    return rows.order_by("-issued_on", "-pk").values_list("issued_on", flat=True).first()


def _people(committee: Committee) -> list[Member]:
    """Members of today and those appointed for a day to come, by role and name; one query."""
    found = committee.members.filter(_not_over())
    return sorted(found, key=lambda each: (ROLES.index(each.role), each.name_key, each.pk))


def _assigned(committee: Committee) -> dict[int, list[Assignment]]:
    """Dict member id -> their assignments that are not over, by commune; one query."""
    found: dict[int, list[Assignment]] = {}
    rows = committee.assignments.filter(_not_over()).select_related("commune")
    for each in rows.order_by("commune__name_key", "valid_from"):
        found.setdefault(each.member_id, []).append(each)
    return found


def _not_over() -> Q:
    return Q(valid_to=None) | Q(valid_to__gt=timezone.localdate())


def _named(people: Sequence[Member]) -> list[str]:
    return [
        f"{place}. {each.described}, {_role(each)}"
        + (f"; ngành phụ trách: {each.sector}" if each.sector else "")
        + "."
        for place, each in enumerate(people, start=1)
    ]


def _role(member: Member) -> str:
    return lower_first(str(member.get_role_display()))


def _tasks(committee: Committee) -> list[str]:
    where = lower_first(committee.area.title)
    return [
        f"{committee.name} giúp {office_of_committee(committee).name} chỉ đạo việc huy động trẻ ra "
        f"lớp, duy trì sĩ số, chuyên cần, phổ cập giáo dục và xóa mù chữ của {where}.",
        "Trưởng ban phân công nhiệm vụ từng thành viên bằng văn bản; Ban Chỉ đạo họp, kiểm tra và "
        "báo cáo theo quy chế.",
    ]


def _founded(committee: Committee) -> list[str]:
    """The founding decision as a ground: as it was issued here, else as it is noted."""
    issued = papers_issued(committee).get("founding")
    if issued is not None:
        return [
            f"Căn cứ Quyết định số {issued.full_number} ngày {issued.issued_on:%d/%m/%Y} của "
            f"{issued.office_name} về việc thành lập {committee.name};"
        ]
    if committee.decision:
        # As it was typed: with the kind of paper before the number, or the number alone.
        kind = "" if fold(committee.decision).startswith("quyet dinh") else "Quyết định "
        return [f"Căn cứ {kind}{committee.decision} về việc thành lập {committee.name};"]
    return []


def _decision(
    committee: Committee,
    *,
    subject: str,
    sections: list[tuple[str, list[str]]],
    grounds: Sequence[str],
    recipients: str,
    appendix: Appendix | None = None,
) -> OfficialPaper:
    office = office_of_committee(committee)
    *body, head = office.signs
    return OfficialPaper(
        above=office.above,
        issuer=office.name,
        symbol=symbol_of(office, "decision", on=timezone.localdate()),
        place=place_of(committee.area),
        month_year=month_year(),
        kind="QUYẾT ĐỊNH",
        subject=subject,
        sections=sections,
        recipients=[recipients, "Lưu: VT."],
        signs=office.signs,
        appendix=appendix,
        authority=office.name if body else f"{head} {office.name}",
        grounds=[*grounds, "Theo đề nghị của cơ quan thường trực Ban Chỉ đạo."],
    )


def _appendix(committee: Committee, people: Sequence[Member]) -> Appendix:
    columns = [
        Column("TT", 10),
        Column("Họ và tên", 40, is_text=True),
        Column("Chức vụ, cơ quan", 55, is_text=True),
        Column("Nhiệm vụ trong ban", 28, is_text=True),
        Column("Ngành phụ trách", 50, is_text=True),
        Column("Địa bàn phụ trách, nhiệm vụ", 90, is_text=True),
    ]
    assigned = _assigned(committee)
    own = committee.area.title if committee.area.level == AreaLevel.COMMUNE else ""
    rows = [
        [
            str(place),
            each.full_name,
            ", ".join(filter(None, (each.position, each.organisation))) or "—",
            str(each.get_role_display()),
            each.sector or "—",
            _charges(assigned.get(each.pk, [])) or own or "—",
        ]
        for place, each in enumerate(people, start=1)
    ]
    count = len({each.commune_id for rows in assigned.values() for each in rows})
    total = ["", f"Tổng: {len(rows)} thành viên", "", "", "", f"{count} xã, phường"]
    return Appendix(
        title=f"Phân công nhiệm vụ thành viên {committee.name}",
        columns=columns,
        rows=rows,
        total=total if count else [*total[:-1], ""],
    )


def _charges(assignments: Sequence[Assignment]) -> str:
    """Communes in charge, those of one duty together: "Xã A, Xã B: đôn đốc; Xã C"."""
    of_duty: dict[str, list[str]] = {}
    for each in assignments:
        of_duty.setdefault(each.duty, []).append(each.commune.title)
    return "; ".join(
        f"{', '.join(communes)}{f': {duty}' if duty else ''}" for duty, communes in of_duty.items()
    )
