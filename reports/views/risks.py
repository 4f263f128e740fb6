"""Pupils at risk, for those who answer for them by name."""

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache

from core.permissions import Permission as P
from core.permissions import requires
from mobilisation.cases.selectors.cases import cases_beside
from schools.access_trail import names_shown
from schools.enums import NamesKind

from ..selectors import risks


@requires(P.VIEW_PUPILS)
@never_cache
def pupils(request):
    """Lists by class with the reasons; ?reason= keeps those who have it."""
    labels = {
        risks.NOT_BACK: _("Not back after a break"),
        risks.UNSEEN: _("Not seen"),
        risks.STREAK: _("Unexcused in a row"),
        risks.CHRONIC: _("Often away"),
        risks.SUDDEN: _("Sudden change"),
        risks.YEAR: _("Toward the limit of the year"),
    }
    found = risks.pupils_at_risk(request.scope.places(P.VIEW_PUPILS), timezone.localdate())
    counts = {
        key: sum(key in pupil.keys for each in found for pupil in each.pupils) for key in labels
    }
    total = sum(len(each.pupils) for each in found)
    asked = request.GET.get("reason", "")
    if asked in labels:
        for each in found:
            each.pupils = [pupil for pupil in each.pupils if asked in pupil.keys]
        found = [each for each in found if each.pupils]
    may_follow = request.scope.may(P.FOLLOW_CHILDREN)
    if may_follow:
        listed = [pupil for each in found for pupil in each.pupils]
        followed = cases_beside(pupils=[pupil.spell.pupil_id for pupil in listed]).of_pupil
        for pupil in listed:
            pupil.case = followed.get(pupil.spell.pupil_id)
    for each in found:
        names_shown(
            request, NamesKind.RISKS, school_class=each.school_class, count=len(each.pupils)
        )
    choices = [{"label": f"{_('All')} ({total})", "url": "?", "current": asked not in labels}] + [
        {
            "label": f"{label} ({counts[key]})",
            "url": f"?reason={key}",
            "current": asked == key,
        }
        for key, label in labels.items()
        if counts[key]
    ]
    return render(
        request,
        "reports/risks.html",
        {
            "classes": found,
            "choices": choices,
            "total": total,
            "may_follow": may_follow,
            "today": request.scope.date,
            "finding": ngettext(
                "%(count)s pupil needs somebody to ask after them",
                "%(count)s pupils need somebody to ask after them",
                total,
            )
            % {"count": total}
            if total
            else _("No pupil is at risk by the rules in force"),
        },
    )
