"""The children to be brought to school (danh sách phải huy động) as a file."""

import io
from collections.abc import Mapping, Sequence
from html import unescape

from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from core.documents.spreadsheets import LIST_HEAD, LIST_TEXT, Spreadsheet
from core.events import record
from core.types import User
from schools import ethnic_groups

from ... import events
from ...models import SurveyEntry, SurveyRound
from ...models.cases import ChildCase

COLUMNS = (
    ("STT", 6),
    ("Họ và tên", 28),
    ("Ngày sinh", 12),
    ("Giới tính", 10),
    ("Dân tộc", 12),
    ("Thôn, bản", 22),
    ("Chủ hộ", 24),
    ("Số phiếu", 10),
    ("Điện thoại", 14),
    ("Gia đình cho biết", 32),
    ("Ai theo dõi", 28),
    ("Hạn", 12),
)


def write_to_bring(entries: Sequence[SurveyEntry], followed: Mapping[int, ChildCase]) -> bytes:
    """The list as a workbook, in the order given.

    Args:
        followed: {person id: latest case}, of those who have one.
    """
    file = io.BytesIO()
    with Spreadsheet(file, title=_("Children to be brought to school")) as book:
        sheet = book.sheet("Phải huy động")
        for index, (_head, width) in enumerate(COLUMNS):
            sheet.widths(index, index, width, LIST_TEXT)
        sheet.row(0, [head for head, _width in COLUMNS], LIST_HEAD)
        for line, entry in enumerate(entries, start=1):
            texts = [str(line), *_texts(entry, followed.get(entry.person_id))]
            for index, text in enumerate(texts):
                if text:
                    sheet.text(line, index, text, LIST_TEXT)
        sheet.freeze(1, 2)
        sheet.print_on_a4(head=(0, 0))
    return file.getvalue()


def note_fetched(*, survey_round: SurveyRound, children: int, by: User) -> None:
    """Write down that a person takes the names of so many children with them."""
    record(
        events.TO_BRING_FETCHED,
        by=by,
        about=survey_round,
        area=survey_round.commune_id,
        changes={"children": (None, children)},
    )


def _texts(entry: SurveyEntry, case: ChildCase | None) -> list[str]:
    person, household = entry.person, entry.household
    born = person.birth_date
    # What the page says, in the same words.
    told = render_to_string("mobilisation/_schooling.html", {"entry": entry})
    is_open = case is not None and case.state == ChildCase.State.OPEN
    return [
        person.full_name,
        date_format(born, "d/m/Y") if born else str(person.birth_year),
        str(person.get_sex_display()),
        str(ethnic_groups.names().get(person.ethnic_group, "")),
        household.village,
        household.head_name,
        household.form_number,
        household.phone,
        " ".join(unescape(strip_tags(told)).split()),
        case.in_short if case is not None else "",
        date_format(case.due_on, "d/m/Y") if case is not None and is_open else "",
    ]
