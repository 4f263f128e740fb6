"""Further provinces with the map of the first, for measuring how the product grows."""

from schools.models import Area, ClusterMembership, Succession


def original(code):
    """The code a unit of a further province was copied from."""
    return code.partition(".")[0]


def province_of(area):
    """Number of the province a unit belongs to: 0 for the official one."""
    return int(area.code.partition(".")[2] or 0)


def copy_units(number):
    """Write province `number` (1, 2, …): every unit, succession and cluster once more.

    Codes get a suffix ("03478.1"), names the number, so that nothing can be taken for the
    official units.
    """
    official = [area for area in Area.objects.order_by("level", "pk") if "." not in area.code]
    copies = {}
    for area in official:
        copies[area.pk] = Area.objects.create(
            level=area.level,
            kind=area.kind,
            code=f"{area.code}.{number}",
            name=f"{area.name} {number}",
            parent=copies.get(area.parent_id),
            decree=area.decree,
            valid_from=area.valid_from,
            valid_to=area.valid_to,
        )
    Succession.objects.bulk_create(
        Succession(
            old=copies[row.old_id],
            new=copies[row.new_id],
            effective_on=row.effective_on,
            decree=row.decree,
        )
        for row in Succession.objects.filter(old__in=copies, new__in=copies)
    )
    ClusterMembership.objects.bulk_create(
        ClusterMembership(
            cluster=copies[row.cluster_id],
            commune=copies[row.commune_id],
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )
        for row in ClusterMembership.objects.filter(cluster__in=copies)
    )
    return copies
