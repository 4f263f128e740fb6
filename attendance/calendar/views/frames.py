"""The frame of a school year: from when to when classes are held, by place and level."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires
from schools.form_refusals import show_refusal
from schools.school_years.official_frames import official_frame

from ..forms import FrameForm
from ..resolution import key_of
from ..selectors.closures import frame_in, frames_seen, places_to_close
from ..selectors.impact import effect_of, effect_of_taking_back
from ..services.frames import frame_for, remove_frame, set_frame
from .years import asked_year, choices_of_all_years


@requires(P.MANAGE_CALENDAR)
def frames(request):
    """Frames of a year, and a form that looks at a change before it is saved."""
    scope = request.scope
    year = asked_year(request)
    if year is None:
        return render(request, "attendance/frames.html", {"year": None})
    offered = places_to_close(scope, P.MANAGE_CALENDAR)
    seen = frames_seen(scope, year)
    form = FrameForm(
        request.POST or None, places=offered, year=year, initial=_initial(request, seen, year)
    )
    effect = None
    if request.method == "POST" and form.is_valid():
        try:
            if request.POST.get("seen") == form.fingerprint:
                set_frame(**form.values(), by=request.user)
                messages.success(request, _("Saved. The figures are being recounted."))
                return redirect(f"{reverse('attendance:frames')}?year={year.code}")
            effect = effect_of(frame_for(**form.values(), by=request.user))
        except ValidationError as error:
            show_refusal(form, error)
    return render_form(
        request,
        "attendance/frames.html",
        {
            "year": year,
            "years": choices_of_all_years(request, year),
            "frames": seen,
            "form": form,
            "effect": effect,
            "crumbs": _crumbs(year),
        },
    )


@requires(P.MANAGE_CALENDAR)
def remove(request, frame_id):
    """Ask, saying what would change, then take a frame back."""
    found = frame_in(request.scope.places(P.MANAGE_CALENDAR), frame_id)
    if found is None:
        raise Http404
    page = f"{reverse('attendance:frames')}?year={found.year.code}"
    if request.method == "POST":
        remove_frame(frame=found, by=request.user)
        messages.success(request, _("Taken back. The figures are being recounted."))
        return redirect(page)
    return render(
        request,
        "attendance/frame_remove.html",
        {
            "frame": found,
            "effect": effect_of_taking_back(found),
            "page": page,
            "crumbs": [*_crumbs(found.year), {"label": _("Take back")}],
        },
    )


def _initial(request, seen, year):
    """Values of the frame to change; else those the ministry decided."""
    for frame in seen:
        if str(frame.pk) == request.GET.get("frame"):
            return {
                "place": _key(frame),
                "level": frame.level,
                "first_day": frame.valid_from,
                "second_term": frame.second_term_from,
                "last_day": frame.last_day,
                "source": frame.source,
            }
    official = official_frame(year.code)
    if official is None:
        return {"first_day": year.valid_from, "last_day": year.last_day}
    return {
        "first_day": max(official.first_day, year.valid_from),
        "second_term": official.second_term_from,
        "last_day": min(official.last_day, year.last_day),
        "source": official.source,
    }


def _key(frame):
    kind, pk = key_of(frame)
    return f"{kind}:{pk}"


def _crumbs(year):
    return [
        {"label": _("Closures"), "url": reverse("attendance:closures")},
        {
            "label": _("School year %(code)s") % {"code": year.code},
            "url": f"{reverse('attendance:frames')}?year={year.code}",
        },
    ]
