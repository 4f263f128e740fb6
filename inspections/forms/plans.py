"""Drafting a plan and changing its visits."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.months import Month
from schools.form_fields import DayField

from ..models import InspectionPlan
from ..services.plans import Scheduled, mark_of
from .choices import LoadedChoiceField, LoadedChoicesField

MONTHS_AHEAD = 3
MAX_CAPACITY = 60
MIN_DAYS, MAX_DAYS = 2, 400


def _capacity():
    return forms.IntegerField(
        label=_("How many visits are possible"),
        min_value=1,
        max_value=MAX_CAPACITY,
        help_text=_("At most this many communes are chosen, the most pressing first."),
    )


def days_of_members():
    """The field that says how many days of all members a month may take."""
    return forms.IntegerField(
        label=_("Days of all members a month, at most"),
        min_value=MIN_DAYS,
        max_value=MAX_DAYS,
        help_text=_("With the days on the road: a trip to one commune takes two."),
    )


class DraftForm(forms.Form):
    """Which month, which area, how many visits."""

    area = LoadedChoiceField(label=_("Area"), name=lambda area: area.title)
    month = forms.TypedChoiceField(label=_("Month of the visits"), coerce=Month.parse)
    capacity = _capacity()

    def __init__(self, *args, areas, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["area"].offer(areas)
        months = [Month.current().plus(ahead) for ahead in range(MONTHS_AHEAD)]
        self.fields["month"].choices = [(str(month), month.label) for month in months]


class RedraftForm(forms.Form):
    """How many visits, to choose the communes anew."""

    capacity = _capacity()
    days = days_of_members()

    def __init__(self, *args, plan, **kwargs):
        kept = plan.proposed or {}
        super().__init__(*args, initial={"capacity": plan.capacity, **kept}, **kwargs)
        if not kept:
            del self.fields["days"]


class ApproveAloneForm(forms.Form):
    """Why the one who drafted a plan approves it too."""

    alone_because = forms.CharField(
        label=_("Why you approve your own plan"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For example: the office has only one officer. It stands on the plan."),
    )


class CallOffForm(forms.Form):
    """Why a visit is called off, and to which day of a later month it is put off."""

    reason = forms.CharField(
        label=_("Why it is called off"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stands in the notice to the commune. No name of a child."),
    )
    put_off_to = DayField(
        label=_("New day"),
        required=False,
        help_text=_("In a later month, if it is known. Within the month change the visit's day."),
    )


class VisitForm(forms.Form):
    """Who is in charge of a visit, and when."""

    member = LoadedChoiceField(
        label=_("In charge"),
        required=False,
        empty_label=_("Nobody yet"),
        name=lambda member: member.full_name,
    )
    planned_on = DayField(label=_("Day of the visit"), required=False)
    team = LoadedChoicesField(
        label=_("Going along"),
        required=False,
        name=lambda member: member.full_name,
        widget=forms.CheckboxSelectMultiple,
    )
    because = forms.CharField(
        label=_("Why the day is changed"),
        max_length=500,
        required=False,
        help_text=_("It stands in the notice to the commune. No name of a child."),
    )
    may_lack_lessons = forms.BooleanField(
        label=_("Go on this day all the same"), required=False, widget=forms.HiddenInput()
    )

    def __init__(self, *args, visit, members, month, **kwargs):
        initial = {
            "member": visit.member_id,
            "planned_on": visit.planned_on,
            "team": [str(each.pk) for each in visit.team.all()],
        }
        super().__init__(*args, prefix=f"visit-{visit.pk}", initial=initial, **kwargs)
        if visit.plan.state != InspectionPlan.State.APPROVED:
            del self.fields["because"]
        self.fields["member"].offer(members)
        self.fields["team"].offer(members)
        self.fields["planned_on"].widget.attrs |= {
            "min": month.first.isoformat(),
            "max": month.last.isoformat(),
        }

    def ask_about_lessons(self):
        """Show the tick that a day without lessons needs."""
        self.fields["may_lack_lessons"].widget = forms.CheckboxInput()


class ScheduleForm(VisitForm):
    """One visit as a row of the table in which all are set."""

    seen = forms.CharField(max_length=500, widget=forms.HiddenInput())
    may_stay = forms.BooleanField(
        label=_("Leave it so all the same"), required=False, widget=forms.HiddenInput()
    )

    def __init__(self, *args, visit, **kwargs):
        super().__init__(*args, visit=visit, **kwargs)
        del self.fields["may_lack_lessons"]
        self.visit = visit
        self.initial["seen"] = mark_of(visit, visit.team.all())
        self.going = [each.full_name for each in visit.team.all()]
        self.notes = []

    def row(self):
        """What is wanted of the visit, as `Scheduled`."""
        return Scheduled(visit_id=self.visit.pk, **self.cleaned_data)

    def show(self, conflicts):
        """Show at their fields what is at odds, and the tick for what may stay."""
        for each in conflicts:
            self.add_error(each.field, each.text)
        if conflicts and all(each.may_stay for each in conflicts):
            self.fields["may_stay"].widget = forms.CheckboxInput()


class AddVisitForm(forms.Form):
    """A commune the flags did not name, with the officer's reason."""

    commune = LoadedChoiceField(
        label=_("Commune"), empty_label=_("Choose a commune"), name=lambda area: area.title
    )
    reason = forms.CharField(
        label=_("Why this commune"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The member in charge reads this before going."),
    )

    def __init__(self, *args, communes, **kwargs):
        super().__init__(*args, prefix="add", **kwargs)
        self.fields["commune"].offer(communes)
