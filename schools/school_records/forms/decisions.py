"""Forms of decisions about schools: what is decided, from when, and by which paper."""

from collections.abc import Collection, Iterable
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.levels import EducationLevel
from core.vietnamese import normalise

from ...enums import SchoolKind
from ...form_fields import CHOOSE, DayField, RowsField, offer, offer_rows
from ...models import Area, School, Site
from ..services.changes import MAIN_SITE
from ..services.decisions import Decision
from ..services.endings import Merger, Split

LONGEST_LIST = 2_000  # characters
MOST_SITES = 40


class DecisionForm(forms.Form):
    """From when a change is in force, and the number and date of the decision."""

    needs_decision = True

    on = DayField(label=_("In force from"))
    decision = forms.CharField(
        label=_("Number of the decision"),
        max_length=100,
        help_text=_("For example 1234/QĐ-UBND."),
    )
    decided_on = DayField(label=_("Date of the decision"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        last = ["on", "decision", "decided_on"]
        self.order_fields([*(name for name in self.fields if name not in last), *last])
        if not self.needs_decision:
            self.fields["decision"].required = self.fields["decided_on"].required = False

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if "decision" in values and "decided_on" in values:
            number, day = values["decision"], values["decided_on"]
            if number and not day:
                self.add_error("decided_on", _("Write the date of the decision too."))
            elif day and not number:
                self.add_error("decision", _("Write the number of the decision too."))
        return values

    @property
    def written(self) -> Decision:
        """The decision of a valid form."""
        values = self.cleaned_data
        return Decision(values["on"], values["decision"], values["decided_on"])


def name_field() -> forms.CharField:
    return forms.CharField(label=_("Name of the school"), max_length=150)


def code_field(**more: Any) -> forms.CharField:
    return forms.CharField(label=_("Ministry code"), max_length=20, **more)


def levels_field(**more: Any) -> forms.MultipleChoiceField:
    more.setdefault("label", _("Levels taught"))
    return forms.MultipleChoiceField(
        choices=EducationLevel.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one education level.")},
        **more,
    )


def kind_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Type of school"), choices=SchoolKind.choices, initial=SchoolKind.REGULAR
    )


class CommuneField(forms.TypedChoiceField):
    """A commune out of those given with `offer`; an `Area` when cleaned."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Commune"))
        super().__init__(error_messages=CHOOSE, empty_value=None, **kwargs)

    def offer(self, communes: Iterable[Area], *, empty: bool = True) -> None:
        """Set the communes to choose from."""
        areas = {str(area.pk): area for area in communes}
        # Set here: a form has a copy of the field of its class.
        self.coerce = areas.__getitem__
        offered = [(pk, area.title) for pk, area in areas.items()]
        self.choices = [("", "—"), *offered] if empty else offered


class OpenSchoolForm(DecisionForm):
    """A school that begins, or that was there before the software."""

    needs_decision = False

    code = code_field()
    name = name_field()
    levels = levels_field()
    kind = kind_field()
    commune = CommuneField()
    main_site = forms.CharField(
        label=_("Main site"), max_length=100, required=False, initial=MAIN_SITE
    )
    sites = forms.CharField(
        label=_("Satellite sites"),
        max_length=LONGEST_LIST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One name a line, usually that of the village."),
    )

    def __init__(self, *args: Any, communes: Iterable[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("CommuneField", self.fields["commune"]).offer(communes)

    def clean_sites(self) -> list[str]:
        names = [normalise(line) for line in self.cleaned_data["sites"].splitlines()]
        names = [name for name in names if name]
        if len(names) > MOST_SITES:
            raise ValidationError(_("Write at most %(most)s sites.") % {"most": MOST_SITES})
        return names


class ChangeSchoolForm(DecisionForm):
    """What a school is: code, name, levels and type."""

    needs_decision = False

    code = code_field()
    name = name_field()
    levels = levels_field()
    kind = kind_field()


class MoveSchoolForm(DecisionForm):
    """The commune in which a school lies from a day on."""

    commune = CommuneField(label=_("New commune"))

    def __init__(self, *args: Any, communes: Iterable[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("CommuneField", self.fields["commune"]).offer(communes)


class CloseSchoolForm(DecisionForm):
    """The first day on which a school is no more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].label = _("Closed from")


class MergeForm(DecisionForm):
    """Other schools that go into this one, or with it into a new one."""

    others = forms.MultipleChoiceField(
        label=_("Schools of the commune"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    codes = forms.CharField(
        label=_("Codes of schools of other communes"),
        max_length=LONGEST_LIST,
        required=False,
        help_text=_("Ministry codes, a comma between."),
    )
    name = name_field()
    code = code_field(
        required=False,
        help_text=_("Only if the decision gives the merged school a new code."),
    )

    def __init__(self, *args: Any, beside: Collection[School], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._beside = {str(school.pk): school for school in beside}
        self.fields["name"].label = _("Name of the merged school")
        self.fields["code"].label = _("New ministry code")
        beside_it = [(pk, f"{school.name} ({school.code})") for pk, school in self._beside.items()]
        offer(self, "others", beside_it)
        if not beside:
            del self.fields["others"]
            self.fields["codes"].label = _("Codes of the other schools")

    def clean_codes(self) -> list[str]:
        return normalise(self.cleaned_data["codes"]).replace(",", " ").split()

    def merger(self, school: School, of_codes: dict[str, School]) -> Merger:
        """What the valid form asks for; `of_codes`: the schools found by their codes."""
        values = self.cleaned_data
        chosen = [self._beside[pk] for pk in values.get("others", [])]
        chosen += [of_codes[code] for code in values["codes"] if code in of_codes]
        others = {each.pk: each for each in chosen if each.pk != school.pk}
        return Merger(
            first=school,
            others=list(others.values()),
            name=normalise(values["name"]),
            code=values["code"].strip(),
        )


class SplitForm(DecisionForm):
    """A new school out of some sites or levels of this one."""

    code = code_field()
    name = name_field()
    kind = kind_field()
    commune = CommuneField()
    sites = RowsField(
        label=_("Sites that go along"),
        queryset=Site.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("With all classes there."),
    )
    given_up = levels_field(
        label=_("Levels that go along"),
        required=False,
        help_text=_("With all classes of these levels, wherever they are."),
    )

    def __init__(
        self, *args: Any, school: School, sites: Any, communes: Iterable[Area], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._school = school
        self.fields["name"].label = _("Name of the new school")
        self.fields["code"].label = _("Ministry code of the new school")
        cast("CommuneField", self.fields["commune"]).offer(communes)
        offer_rows(self, "sites", sites)
        levels = school.education_levels
        offer(self, "given_up", [(level.value, level.label) for level in levels])
        if len(levels) == 1:
            del self.fields["given_up"]
        if not sites.exists():
            del self.fields["sites"]

    def split(self) -> Split:
        """What the valid form asks for."""
        values = self.cleaned_data
        return Split(
            school=self._school,
            code=values["code"].strip(),
            name=normalise(values["name"]),
            kind=values["kind"],
            commune=values["commune"],
            sites=list(values.get("sites", ())),
            given_up=values.get("given_up", ()),
        )
