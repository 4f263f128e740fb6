"""The page of the mobilisation rates, from the province down to the commune."""

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from core import rules
from core.formatting import number, percent
from core.permissions import Permission as P
from core.permissions import requires
from mobilisation.rates.variants import VARIANTS
from schools.areas.selectors.tree import area_in
from schools.enums import AreaLevel
from schools.period_picker import picker, with_query
from schools.school_years.periods import asked_period

from .. import wording
from ..rates import Judgement
from ..selectors.flags import mobilisation_low
from ..selectors.mobilisation import assigned_schools, mobilisation_figures


@requires(P.VIEW_FIGURES)
@require_safe
def mobilisation(request, area_id):
    """Mobilisation rates of a province, district, cluster or commune in a month."""
    places = request.scope.places_to_read(P.VIEW_FIGURES)
    found = area_in(places, area_id)
    if found is None:
        raise Http404
    period = asked_period(request.GET)
    board = mobilisation_figures(
        area=found,
        month=period.month,
        rules=rules.table(on=period.month.first),
        today=timezone.localdate(),
    )
    code = request.GET.get("rate", "")
    code = code if code in VARIANTS else next(iter(VARIANTS))
    communes = [] if found.level == AreaLevel.COMMUNE else board.by_commune.get(code, [])
    chosen = board.row_of.get(code)
    context = {
        "area": found,
        "board": board,
        "variant": VARIANTS[code],
        "chosen": _shown(chosen) if chosen else None,
        "finding": _finding(board, chosen, communes),
        "rows": [_shown(row, with_query(request, rate=row.variant.code)) for row in board.rows],
        "low": [
            _below(row, request)
            for row in communes
            if row.rate.value is not None and row.judgement != Judgement.GOOD
        ],
        "good": [_below(row, request) for row in communes if row.judgement == Judgement.GOOD],
        "empty": [row.area.title for row in communes if row.rate.value is None],
        "districts": [
            _below(row, request) for row in board.below.get(code, []) if row.rate.value is not None
        ],
        "missing_url": _missing_url(request, board, code),
        "has_numbers": any(row.assigned.communes for row in board.rows),
        "schools": assigned_schools(board, code) if found.level == AreaLevel.COMMUNE else [],
        "period": picker(request, period),
        "crumbs": _crumbs(board, places),
        "attendance_url": f"{reverse('reports:area', args=[found.pk])}?month={period.month}",
    }
    return render(request, "reports/mobilisation.html", context)


def line(area, communes, month):
    """What the page of an area's attendance says of mobilisation, from the flags of the month:
    which communes are under a target. One query, whatever the size of the survey."""
    low = mobilisation_low(communes, month=month)
    url = f"{reverse('reports:mobilisation', args=[area.pk])}?month={month}"
    if not low:
        return {"text": _("no commune flagged"), "url": url}
    text = ngettext(
        "%(count)s commune under a target", "%(count)s communes under a target", low
    ) % {"count": number(low)}
    return {"text": text, "url": url}


def _shown(row, url=""):
    return {
        "row": row,
        "url": url,
        "state": wording.STATES[row.judgement],
        "word": _word(row.judgement),
    }


def _below(row, request):
    url = reverse("reports:mobilisation", args=[row.area.pk])
    query = with_query(request, rate=row.variant.code).partition("?")[2]
    return _shown(row, f"{url}?{query}")


def _word(judgement):
    if judgement == Judgement.CANNOT_BE_JUDGED:
        return _("Too few matched")
    return wording.word(judgement)


def _finding(board, row, communes):
    if board.day is None:
        return _("Month %(month)s: no school year runs, nothing is counted.") % {
            "month": board.month.label
        }
    said = {"month": board.month.label, "name": row.variant.name}
    if row.rate.value is None:
        if not row.survey_years:
            return _("Month %(month)s: no survey has been saved here.") % said
        return _("Month %(month)s, %(name)s: the survey has no such child.") % said
    said |= {"rate": percent(row.rate.value), "missing": number(row.counts.missing)}
    if row.judgement == Judgement.CANNOT_BE_JUDGED:
        said["found"] = percent(row.found.value, 0)
        sentence = (
            _(
                "Month %(month)s, %(name)s: %(found)s of the children told to go to school are "
                "matched with the rolls, too few to judge."
            )
            % said
        )
    else:
        sentence = _("Month %(month)s, %(name)s: %(rate)s, %(missing)s children missing.") % said
    low = [each for each in communes if each.judgement in (Judgement.WATCH, _CERTAIN)]
    if low:
        sentence += " " + ngettext(
            "%(count)s commune under the target (%(names)s).",
            "%(count)s communes under the target (%(names)s).",
            len(low),
        ) % {"count": len(low), "names": wording.named([each.area.title for each in low])}
    return sentence


_CERTAIN = Judgement.CERTAINLY_LOW


def _missing_url(request, board, code):
    """The children by name, of a commune whose survey the reader keeps."""
    if board.day is None or board.area.pk not in request.scope.places(P.MANAGE_SURVEY).areas:
        return ""
    url = reverse("mobilisation:missing", args=[board.area.pk])
    return f"{url}?rate={code}&month={board.month}"


def _crumbs(board, places):
    return [
        *(
            {"label": above.title, "url": reverse("reports:mobilisation", args=[above.pk])}
            for above in board.tree.ancestors(board.area.pk)
            if above.pk != board.area.pk and above.pk in places.areas
        ),
        {"label": board.area.title},
    ]
