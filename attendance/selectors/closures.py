"""Reading closures, and the places a reader may close."""

from django.db.models import Q

from schools.models import School, Site

from ..models import Closure


def closures_in(places):
    """Closures of areas, schools and sites inside the places, newest first; one query."""
    schools = School.objects.within(places).values("pk")
    return (
        Closure.objects.filter(
            Q(area_id__in=places.areas) | Q(school__in=schools) | Q(site__school__in=schools)
        )
        .select_related("area", "school", "site__school", "made_by")
        .order_by("-valid_from", "-pk")
    )


def closure_in(places, closure_id):
    """One such closure, or None."""
    return closures_in(places).filter(pk=closure_id).first()


def places_to_close(scope, permission):
    """(key, place, label) of every area, school and site the reader may close.

    Schools and sites are offered only up to a commune: a province closes areas.
    """
    places = scope.places(permission)
    offered = []
    tree = scope.tree if places.areas else None
    for pk in scope.areas_granted(permission):
        for area in sorted(
            (tree.get(each) for each in tree.below(pk)),
            key=lambda area: (area.level, area.code),
        ):
            offered.append((f"area:{area.pk}", area, area.title))
    if len(places.areas) <= 1:
        for school in School.objects.within(places).order_by("name", "pk"):
            offered.append((f"school:{school.pk}", school, school.name))
        sites = Site.objects.filter(school__in=School.objects.within(places))
        for site in sites.select_related("school").order_by("school__name", "pk"):
            offered.append((f"site:{site.pk}", site, f"{site.school.name} – {site.name}"))
    return offered
