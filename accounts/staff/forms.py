"""Forms of staff: they bind what was typed; the rules live in the services."""

import datetime
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.vietnamese import format_date
from core.workbook_fields import workbook_field
from schools.enums import Sex
from schools.form_fields import CHOOSE, DayField, offer

from .models import AssignmentKind, PostKind, StaffMember, phone_number, staff_code_form
from .selectors.classes import ClassTeachers
from .selectors.people import ACCOUNT_STATES, AlikePeople

ANOTHER = "another"


class PersonForm(forms.Form):
    """Who somebody is."""

    full_name = forms.CharField(label=_("Full name"), max_length=100)
    birth_date = DayField(label=_("Date of birth"), required=False)
    sex = forms.ChoiceField(
        label=_("Sex"), choices=Sex.choices, widget=forms.RadioSelect, required=False
    )
    staff_code = forms.CharField(
        label=_("Staff code"),
        max_length=20,
        required=False,
        help_text=_("The code of the ministry's staff list, if you know it."),
    )
    phone = forms.CharField(
        label=_("Phone"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    email = forms.EmailField(label=_("E-mail"), max_length=100, required=False)
    # Of the people asked about, and the answer.
    asked_about = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput())
    # What may be chosen is known only when somebody alike was found; the service asks again.
    known = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput())

    def clean_staff_code(self) -> str:
        code: str = self.cleaned_data["staff_code"].replace(" ", "").upper()
        if code:
            staff_code_form(code)
        return code

    def clean_phone(self) -> str:
        phone = "".join(each for each in self.cleaned_data["phone"] if each not in " .-()")
        if phone.startswith("+84"):
            phone = "0" + phone[3:]
        if phone:
            phone_number(phone)
        return phone

    def values(self) -> dict[str, Any]:
        """What the services take."""
        values = dict(self.cleaned_data)
        asked, known = values.pop("asked_about"), values.pop("known")
        values["different_from"] = asked if known == ANOTHER else ""
        values["same_person"] = int(known) if known.isdecimal() else None
        return values

    def ask_about(self, alike: AlikePeople, *, may_be_same: bool) -> None:
        """Show who is on record, to be chosen from or told apart."""
        choices = [
            *((str(person.pk), _one_line(person, schools)) for person, schools in alike.people),
            (ANOTHER, _("No, it is another person")),
        ]
        self.fields["known"] = forms.ChoiceField(
            label=_("Is it one person?"),
            choices=choices if may_be_same else choices[-1:],
            widget=forms.RadioSelect,
            help_text=_("If it is one person, the post is added to the record there is."),
        )
        self.order_fields(["known"])
        self.data = {
            **{name: self.data.get(name) for name in self.data if name != "known"},
            "asked_about": alike.fingerprint,
        }


def _one_line(person: StaffMember, schools: Sequence[str]) -> str:
    parts = [
        person.full_name,
        format_date(person.birth_date),
        person.staff_code or "",
        ", ".join(schools),
    ]
    line = " · ".join(part for part in parts if part)
    return gettext("Yes: %(person)s") % {"person": line}


class NewPersonForm(PersonForm):
    """A person and their first post in a school."""

    kind = forms.ChoiceField(
        label=_("Post"),
        choices=PostKind.choices,
        widget=forms.RadioSelect,
        initial=PostKind.TEACHER,
        error_messages=CHOOSE,
    )
    start = DayField(label=_("In this post from"))


class PostForm(forms.Form):
    """A further post of a person in a school."""

    kind = forms.ChoiceField(
        label=_("Post"), choices=PostKind.choices, widget=forms.RadioSelect, error_messages=CHOOSE
    )
    start = DayField(label=_("In this post from"))


class EndForm(forms.Form):
    """The first day on which something no longer holds."""

    on = DayField(
        label=_("Last day"),
        help_text=_("On the day after, the rights that hang on it end as well."),
    )

    def first_day_after(self) -> datetime.date:
        """The day after the last one, which the services take."""
        last: datetime.date = self.cleaned_data["on"]
        return last + datetime.timedelta(days=1)


class StaffFilterForm(forms.Form):
    """Part of a name, a post, what of an account; everything may be left empty."""

    search = forms.CharField(
        label=_("Name, code or phone"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    kind = forms.ChoiceField(
        label=_("Post"), choices=[("", _("All posts")), *PostKind.choices], required=False
    )
    account = forms.ChoiceField(
        label=_("Account"),
        choices=[("", _("With and without")), *ACCOUNT_STATES.items()],
        required=False,
    )
    former = forms.ChoiceField(
        label=_("Working now"),
        choices=[("", _("Works here")), ("1", _("Worked here before"))],
        required=False,
    )


class OverviewFilterForm(forms.Form):
    """Schools by name, code or commune."""

    search = forms.CharField(
        label=_("Name or code"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    commune = forms.TypedChoiceField(
        label=_("Commune"), coerce=int, empty_value=None, required=False
    )

    def __init__(self, *args: Any, communes: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(communes) > 1:
            named = [(area.pk, area.title) for area in communes]
            offer(self, "commune", [("", _("All communes")), *named])
        else:
            del self.fields["commune"]


def choose_from(people: Sequence[StaffMember]) -> list[tuple[str, str]]:
    """Choices by name; namesakes with their birth dates."""
    names = [person.search_key for person in people]
    return [
        (
            str(person.pk),
            f"{person.full_name} ({format_date(person.birth_date) or person.staff_code or '—'})"
            if names.count(person.search_key) > 1
            else person.full_name,
        )
        for person in people
    ]


class HomeroomForm(forms.Form):
    """The homeroom teacher of every class of a school, each by name.

    Beside each choice stands what the page showed, so that only what the reader changed is
    written over what others did meanwhile.
    """

    start = DayField(label=_("From"))

    def __init__(
        self,
        *args: Any,
        rows: Sequence[ClassTeachers],
        people: Sequence[StaffMember],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.rows = list(rows)
        choices = [("", _("— nobody —")), *choose_from(people)]
        for row in self.rows:
            present = str(row.homeroom.person_id) if row.homeroom else ""
            known = {value for value, _label in choices}
            own = choices
            if row.homeroom and present not in known:
                own = [*choices, (present, row.homeroom.person.full_name)]
            self.fields[self.name_of(row)] = forms.ChoiceField(
                label=row.school_class.name, choices=own, required=False, initial=present
            )
            self.fields[self.shown_of(row)] = forms.CharField(
                required=False, initial=present, max_length=20, widget=forms.HiddenInput()
            )

    @staticmethod
    def name_of(row: ClassTeachers) -> str:
        """Name of the field of a class."""
        return f"class-{row.school_class.pk}"

    @staticmethod
    def shown_of(row: ClassTeachers) -> str:
        """Name of the field of what the page showed for a class."""
        return f"shown-{row.school_class.pk}"

    def lines(self) -> list[dict[str, Any]]:
        """For the page: each row with its two fields."""
        return [
            {
                "row": row,
                "field": self[self.name_of(row)],
                "shown": self[self.shown_of(row)],
            }
            for row in self.rows
        ]

    def changes(self) -> list[tuple[ClassTeachers, int | None]]:
        """(row, id of the person chosen or None) of every class that the reader changed."""
        found = []
        for row in self.rows:
            chosen = self.cleaned_data.get(self.name_of(row), "")
            if chosen != self.cleaned_data.get(self.shown_of(row), ""):
                found.append((row, int(chosen) if chosen else None))
        return found


class AssignForm(forms.Form):
    """A teacher of a class, by name."""

    person = forms.TypedChoiceField(label=_("Teacher"), coerce=int, error_messages=CHOOSE)
    kind = forms.ChoiceField(
        label=_("Teaches the class as"),
        choices=[
            (kind.value, kind.label) for kind in AssignmentKind if kind != AssignmentKind.SUBSTITUTE
        ],
        widget=forms.RadioSelect,
        initial=AssignmentKind.HOMEROOM,
        error_messages=CHOOSE,
    )
    start = DayField(label=_("From"))

    def __init__(self, *args: Any, people: Sequence[StaffMember], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "person", [("", "—"), *choose_from(people)])


class SubstituteForm(forms.Form):
    """A colleague for a class through a day; each colleague is a button of the page."""

    until = DayField(label=_("Through"))
    person = forms.TypedChoiceField(
        label=_("Colleague"), coerce=int, error_messages=CHOOSE, widget=forms.HiddenInput()
    )

    def __init__(self, *args: Any, people: Sequence[StaffMember], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "person", choose_from(people))


class StaffImportForm(forms.Form):
    """A staff list and the day from which it holds."""

    file = workbook_field(
        _("The staff list of the ministry's database, or the empty one filled in.")
    )
    starts_on = DayField(
        label=_("New posts and classes hold from"),
        help_text=_("What they take the place of ends on the day before."),
    )
