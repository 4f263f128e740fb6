"""Reading uploads of surveys."""

from core.scope import Places
from schools.models import Area

from ..models import SurveyImport

RECENT = 5


def run_in(places: Places, run_id: str) -> SurveyImport | None:
    """An upload for a commune inside `places`, or None."""
    runs = SurveyImport.objects.select_related("commune", "made_by")
    return runs.filter(pk=run_id, commune__in=places.areas).first()


def recent_runs(commune: Area) -> list[SurveyImport]:
    """The last uploads of a commune."""
    runs = SurveyImport.objects.select_related("made_by").filter(commune=commune)
    return list(runs.order_by("-made_at")[:RECENT])
