"""Forms of the page for new accounts."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from core.bounded_requests import MOST_VALUE_CHARACTERS
from core.scope import Scope
from schools.form_fields import DayField, offer
from schools.models import Area, School

from ..giving.reach import reaches
from ..giving.selectors import schools_in_reach
from ..roles import CLASS, ROLES


class NewAccountsForm(forms.Form):
    """Names, pasted; for which role, in which school, from when on."""

    role = forms.ChoiceField(label=_("Role"))
    school = forms.ModelChoiceField(
        label=_("School"),
        queryset=School.objects.none(),
        required=False,
        empty_label=_("Choose a school"),
        help_text=_("For teachers."),
    )
    valid_from = DayField(label=_("From"))
    names = forms.CharField(
        label=_("List of names"),
        max_length=MOST_VALUE_CHARACTERS,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [each.role for each in reaches(scope)][::-1]
        offer(self, "role", [(code, ROLES[code].name) for code in roles])
        self.fields["role"].initial = roles[0]
        schools = schools_in_reach(scope)
        school = cast("forms.ModelChoiceField[School]", self.fields["school"])
        found = School.objects.filter(pk__in=[each.pk for each in schools])
        school.queryset = found.order_by("name_key", "pk")
        if len(roles) == 1:
            self.fields["role"].widget = forms.HiddenInput()
        if len(schools) == 1:
            school.initial = schools[0].pk
            school.widget = forms.HiddenInput()
        self.fields["valid_from"].initial = scope.date
        self.fields["names"].help_text = _help(roles)

    def clean(self) -> dict[str, Any]:
        """A role held for a class needs the school."""
        data = super().clean() or self.cleaned_data
        role = data.get("role")
        if role and ROLES[role].place == CLASS and data.get("school") is None:
            self.add_error("school", _("Choose the school of these teachers."))
        return data


class StaffChoiceForm(forms.Form):
    """Of which area and of which groups people of the staff list get accounts."""

    ALL = "all"

    area = forms.ChoiceField(label=_("Where"))
    groups = forms.MultipleChoiceField(
        label=_("Which people"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one group.")},
    )

    def __init__(
        self, *args: Any, areas: Sequence[Area], groups: Sequence[tuple[str, Any]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if len(areas) > 1:
            offer(
                self,
                "area",
                [(self.ALL, _("All my schools")), *((each.pk, each.title) for each in areas)],
            )
        else:
            del self.fields["area"]
        offer(self, "groups", groups)


def _help(roles: list[str]) -> Any:
    if roles == ["teacher"]:
        return _(
            "A person a line, copied from Excel or typed with semicolons between: full name; phone;"
            " e-mail; classes. For example: Hà Thị Liên; 0912 345 678; 6A, 6B"
        )
    return _(
        "A person a line, copied from Excel or typed with semicolons between: full name; phone;"
        " e-mail; place. The place of a teacher is the classes, of a head the school, of an"
        " officer the commune, cluster or province."
    )
