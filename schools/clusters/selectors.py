"""Reading clusters for who keeps them."""

import datetime
from dataclasses import dataclass, field

from django.db.models import QuerySet

from ..areas.services.units import clusters_on_file
from ..closed_months import settled_before
from ..enums import AreaKind, AreaLevel
from ..models import Area, ClusterMembership


@dataclass(frozen=True)
class Leaving:
    """A commune that goes out of a cluster, and the cluster it goes to, if any."""

    membership: ClusterMembership
    to: Area | None


@dataclass(frozen=True)
class ClusterRow:
    """A cluster, its communes of the day, and the changes that are decided already."""

    cluster: Area
    communes: list[Area]
    coming: list[ClusterMembership] = field(default_factory=list)
    leaving: list[Leaving] = field(default_factory=list)


@dataclass(frozen=True)
class Overview:
    """The clusters of a day and those to come, and the communes that lie in none."""

    rows: list[ClusterRow]
    without: list[Area]
    count: int

    @property
    def placed(self) -> int:
        """Communes that lie in a cluster."""
        return self.count - len(self.without)


def overview(on: datetime.date) -> Overview:
    """Every cluster that has not ended by a day; three queries."""
    communes = list(communes_to_place(on))
    rows = list(
        ClusterMembership.objects.exclude(valid_to__lte=on)
        .select_related("commune", "cluster")
        .order_by("commune__name_key", "valid_from")
    )
    begins = {(row.commune_id, row.valid_from): row.cluster for row in rows}
    placed = {row.commune_id: row.cluster_id for row in rows if row.is_valid_on(on)}
    return Overview(
        [
            ClusterRow(
                cluster,
                [each for each in communes if placed.get(each.pk) == cluster.pk],
                [row for row in rows if row.cluster_id == cluster.pk and row.valid_from > on],
                [
                    Leaving(row, begins.get((row.commune_id, row.valid_to)))
                    for row in rows
                    if row.cluster_id == cluster.pk and row.valid_to and row.valid_from <= on
                ],
            )
            for cluster in clusters(on)
        ],
        [each for each in communes if each.pk not in placed],
        len(communes),
    )


def clusters(on: datetime.date) -> QuerySet[Area]:
    """Clusters that have not ended by a day, also those to come, by name."""
    return Area.objects.filter(kind=AreaKind.CLUSTER).exclude(valid_to__lte=on).order_by("name_key")


def cluster_of(cluster_id: int, on: datetime.date) -> Area | None:
    """A cluster that has not ended by a day, or None."""
    return clusters(on).filter(pk=cluster_id).first()


def communes_to_place(on: datetime.date) -> QuerySet[Area]:
    """Communes of a day that lie in no district: those a cluster may have, by name."""
    return (
        Area.objects.on(on)
        .filter(level=AreaLevel.COMMUNE, parent__level=AreaLevel.PROVINCE)
        .order_by("name_key", "code")
    )


def membership_of(membership_id: int) -> ClusterMembership | None:
    """A commune's time in a cluster, or None."""
    rows = ClusterMembership.objects.select_related("commune", "cluster")
    return rows.filter(pk=membership_id).first()


def clusters_of(on: datetime.date) -> dict[int, Area]:
    """{commune id: its cluster on a day}; one query."""
    rows = ClusterMembership.objects.on(on).select_related("cluster")
    return {row.commune_id: row.cluster for row in rows}


def on_offer(on: datetime.date) -> dict[str, list[str]]:
    """Clusters of the installation's file, while there has been none and nothing is settled.

    The file groups the communes from the day on which the districts ended. {name: communes}.
    """
    made = Area.objects.filter(kind=AreaKind.CLUSTER).exists()
    if made or settled_before(on) is not None or not communes_to_place(on).exists():
        return {}
    return clusters_on_file()
