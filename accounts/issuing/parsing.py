"""Names pasted from a list: a person a line, cells between tabs or semicolons.

The first cell with letters is the name; an e-mail address and a phone number are known by their
look, in any order; what is left says the place: classes of the school ("6A, 6B"), a school by name
or ministry code, an area by name. A leading number and a line of headings are passed over.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from core.scope import Scope
from core.text import TextRefused, check_text
from core.types import StrOrPromise
from core.vietnamese import fold, normalise
from schools.models import Area, School, SchoolClass

from ..giving.reach import reach
from ..models import User
from ..roles import AREA, CLASS, ROLES, SCHOOL
from ..usernames import free_name
from .new_account import NewAccount, ref

# What one field may hold (core.bounded_requests) is some two hundred people: a large school.
MOST_LINES = 200
_HEADINGS = ("ho ten", "ho va ten", "ho dem")
_LONGEST_NAME, _LONGEST_CELL = 100, 200


@dataclass
class Line:
    """A line as it was read: a person, or what is wrong with it and how to mend it."""

    number: int
    text: str
    person: NewAccount | None = None
    problems: list[StrOrPromise] = field(default_factory=list)
    username: str = ""
    # A user name of somebody of this name who has an account already.
    namesake: str = ""


class Reader:
    """Reads pasted lines for one role and, for classes, one school."""

    def __init__(self, scope: Scope, role: str, school: School | None) -> None:
        self.role, self.school = role, school
        self.kind = ROLES[role].place
        self._found = reach(scope, role)

    def read(self, text: str) -> list[Line]:
        """`Line`s in their order, with the user names they would get now; at most four queries.

        Raises ValidationError for more than MOST_LINES.
        """
        rows = [(number, row) for number, row in enumerate(text.splitlines(), 1) if row.strip()]
        if rows and _is_heading(rows[0][1]):
            del rows[0]
        if len(rows) > MOST_LINES:
            raise ValidationError(
                _("%(count)s lines are more than %(most)s at once. Send them in parts.")
                % {"count": len(rows), "most": MOST_LINES},
                code="too_many",
            )
        lines = [self._line(number, row.strip()) for number, row in rows]
        self._name(lines)
        return lines

    def _line(self, number: int, text: str) -> Line:
        line = Line(number, text[:_LONGEST_CELL])
        try:
            check_text(text)
        except TextRefused as refusal:
            line.problems += refusal.messages
            return line
        cells = [" ".join(cell.split()) for cell in re.split(r"[\t;]", text)]
        cells = [cell for cell in cells if cell]
        if len(cells) > 1 and cells[0].rstrip(".").isdecimal():
            del cells[0]
        name, phone, email, places = "", "", "", []
        for cell in cells:
            if len(cell) > _LONGEST_CELL:
                line.problems.append(_("A cell is too long. Check the columns."))
                return line
            if "@" in cell and not email:
                email = cell
            elif not phone and re.fullmatch(r"\+?[\d .\-()]{8,20}", cell):
                phone = cell
            elif not name:
                name = cell
            else:
                places.append(cell)
        self._check(line, name, email)
        found = self._places(line, places)
        if not line.problems:
            line.person = NewAccount(
                full_name=normalise(name),
                role=self.role,
                places=tuple(ref(place) for place in found),
                phone=phone,
                email=email,
                slip_place=self._slip_place(found),
            )
        return line

    def _check(self, line: Line, name: str, email: str) -> None:
        fitting = len(normalise(name)) <= _LONGEST_NAME and any(map(str.isalpha, name))
        if not fitting or any(map(str.isdigit, name)):
            line.problems.append(_("Write the full name first, for example “Hà Thị Liên”."))
        if email:
            try:
                validate_email(email)
            except ValidationError:
                line.problems.append(_("“%(text)s” is no e-mail address.") % {"text": email})

    def _places(self, line: Line, cells: list[str]) -> list[Area | School | SchoolClass]:
        find: dict[str, Callable[[Line, list[str]], list[Area | School | SchoolClass]]] = {
            CLASS: self._classes_of,
            SCHOOL: self._school_of,
            AREA: self._area_of,
        }
        return find[self.kind](line, cells) if self.kind in find else []

    def _classes_of(self, line: Line, cells: list[str]) -> list[Area | School | SchoolClass]:
        names = [name for cell in cells for name in re.split(r"[,/]", cell) if name.strip()]
        if not names:
            line.problems.append(_("Write the class, for example “6A” or “6A, 6B”."))
        found: list[Area | School | SchoolClass] = []
        for name in names:
            key = fold(name).removeprefix("lop ").replace(" ", "")
            if key in self._classes:
                found.append(self._classes[key])
            else:
                line.problems.append(
                    _("There is no class “%(name)s” here. There are: %(classes)s.")
                    % {"name": name.strip(), "classes": self._class_names or "—"}
                )
        return list(dict.fromkeys(found))

    def _school_of(self, line: Line, cells: list[str]) -> list[Area | School | SchoolClass]:
        if not cells and len(self._schools) == 1:
            return [self._schools[0]]
        key = fold(cells[0]) if cells else ""
        found = [
            each for each in self._schools if key and key in (fold(each.code), fold(each.name))
        ]
        if len(found) != 1:
            line.problems.append(
                _("Write the school by its full name or its code of the ministry.")
                if not cells
                else _(
                    "“%(text)s” is no school of yours. Copy name or code from the list of schools."
                )
                % {"text": cells[0]}
            )
            return []
        return [found[0]]

    def _area_of(self, line: Line, cells: list[str]) -> list[Area | School | SchoolClass]:
        if not cells and len(self._areas) == 1:
            return [self._areas[0]]
        key = fold(cells[0]) if cells else ""
        found = [each for each in self._areas if key and key in (fold(each.name), fold(each.title))]
        if len(found) != 1:
            line.problems.append(
                _("Write the name of the commune, cluster or province.")
                if not cells
                else _("“%(text)s” is no area of yours for this role.") % {"text": cells[0]}
            )
            return []
        return [found[0]]

    @cached_property
    def _classes(self) -> dict[str, SchoolClass]:
        rows = self._found.classes().filter(school=self.school).order_by("-year__valid_from")
        # Of two years the earlier one, which runs now, is the last to be put in.
        return {fold(each.name).replace(" ", ""): each for each in rows}

    @property
    def _class_names(self) -> str:
        return ", ".join(sorted(each.name for each in self._classes.values()))

    @cached_property
    def _schools(self) -> list[School]:
        return list(self._found.schools())

    @cached_property
    def _areas(self) -> list[Area]:
        return list(self._found.areas())

    def _slip_place(self, places: list[Area | School | SchoolClass]) -> str:
        if self.kind == CLASS and self.school is not None:
            return str(self.school)
        return ", ".join(str(place) for place in places)

    def _name(self, lines: list[Line]) -> None:
        """The user names that the lines would get, and namesakes among those who have one."""
        names = User.objects.values_list("username", "full_name")
        taken = {username.lower() for username, _name in names}
        known = {fold(full_name): username for username, full_name in names}
        for line in lines:
            if line.person is None:
                continue
            line.username = free_name(line.person.full_name, taken)
            taken.add(line.username)
            line.namesake = known.get(fold(line.person.full_name), "")


def _is_heading(text: str) -> bool:
    try:
        words = fold(text[:_LONGEST_CELL])
    except TextRefused:
        return False
    return any(heading in words for heading in _HEADINGS)
