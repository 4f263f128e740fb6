"""Reading flags inside the reader's places."""

from ..models import Flag

# The order in which a reader should meet them.
SEVERITY = [
    Flag.Rule.PERSISTENT,
    Flag.Rule.CERTAINLY_LOW,
    Flag.Rule.FALLING,
    Flag.Rule.WATCH,
    Flag.Rule.CANNOT_BE_JUDGED,
]


def flags_in(places, *, month, level=""):
    """Flags of a month inside the places, gravest first, lower secondary first; one query."""
    flags = (
        Flag.objects.filter(month=month.first, commune_id__in=places.areas)
        .exclude(state=Flag.State.WITHDRAWN)
        .select_related("commune")
    )
    if level:
        flags = flags.filter(level=level)
    order = {rule: index for index, rule in enumerate(SEVERITY)}
    return sorted(
        flags, key=lambda flag: (order[flag.rule], flag.level != "THCS", flag.commune.code)
    )


def latest_flag_month(places):
    """The newest month with flags inside the places, as a date, or None; one query."""
    return (
        Flag.objects.filter(commune_id__in=places.areas)
        .exclude(state=Flag.State.WITHDRAWN)
        .order_by("-month")
        .values_list("month", flat=True)
        .first()
    )
