"""Reading report runs: one's own, inside one's places."""

from ..models import ReportRun


def runs_of(user, places):
    """Runs the user asked for, of areas still inside the places; newest first."""
    return ReportRun.objects.filter(made_by=user, area_id__in=places.areas).select_related(
        "area", "made_by"
    )


def run_of(user, places, run_id):
    """One such run, or None."""
    return runs_of(user, places).filter(pk=run_id).first()
