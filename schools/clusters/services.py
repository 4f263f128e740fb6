"""Making, renaming and ending clusters, and which communes lie in them from a day on."""

import datetime
from collections.abc import Collection, Iterable
from itertools import count

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import record
from core.services.saving import locked_row, save_checked
from core.types import User

from .. import events
from ..areas.selectors.tree import province_on
from ..closed_months import check_first_day
from ..enums import AreaKind, AreaLevel
from ..models import Area, ClusterMembership

NAMED = 10


@transaction.atomic
def make_cluster(
    *, name: str, valid_from: datetime.date, communes: Collection[Area], decree: str, by: User
) -> Area:
    """A cluster from a day on, with the communes that lie in it from that day; returns it.

    Raises ValidationError: a day in what is settled or without a province, a name that another
    cluster has, and what `put_communes` raises.
    """
    check_first_day(valid_from, "valid_from")
    province = province_on(valid_from)
    if province is None:
        raise ValidationError({"valid_from": _("There was no province on that day.")})
    name = _free_name(name, valid_from)
    made = save_checked(
        Area(
            level=AreaLevel.DISTRICT,
            kind=AreaKind.CLUSTER,
            code=_free_code(),
            name=name,
            parent=province,
            decree=decree.strip(),
            valid_from=valid_from,
        )
    )
    changed = _place(made, communes, valid_from) if communes else []
    record(
        events.CLUSTER_MADE,
        by=by,
        about=made,
        name=made.title,
        area=made.pk,
        changes={
            "name": (None, made.name),
            "communes": (None, _names(changed)),
            "valid_from": (None, valid_from),
        },
        reason=made.decree,
    )
    return made


@transaction.atomic
def rename_cluster(*, cluster: Area, name: str, by: User) -> Area:
    """Another name for a cluster; returns it.

    It stays the same unit, so that roles, committees and plans of it go on; months before are shown
    under the new name too, and what was published keeps the old one. Raises ValidationError: no
    name, one that another cluster has, or the one it has.
    """
    found = _standing(cluster)
    old = found.title
    if name.strip() == found.name:
        raise ValidationError({"name": _("It has this name already.")})
    found.name = _free_name(name, timezone.localdate(), but=found)
    save_checked(found)
    record(
        events.CLUSTER_RENAMED,
        by=by,
        about=found,
        name=found.title,
        area=found.pk,
        changes={"name": (old, found.title)},
    )
    return found


@transaction.atomic
def end_cluster(*, cluster: Area, on: datetime.date, by: User) -> Area:
    """Let a cluster be no more from a day on, its communes then lie in none; returns it.

    What is filed under it stays; roles held for it end with it. Raises ValidationError: a day in
    what is settled or not after it began, or it has an end already.
    """
    found = _standing(cluster)
    check_first_day(on, "on")
    if on <= found.valid_from:
        raise ValidationError(
            {
                "on": _("The cluster begins on %(day)s; choose a later day.")
                % {"day": f"{found.valid_from:%d/%m/%Y}"}
            }
        )
    rows = list(
        ClusterMembership.objects.select_for_update(of=("self",))
        .filter(cluster=found)
        .exclude(valid_to__lte=on)
        .select_related("commune")
        .order_by("commune__name_key")
    )
    for row in rows:
        if row.valid_from >= on:
            row.delete()
        else:
            row.valid_to = on
            save_checked(row)
    found.valid_to = on
    save_checked(found)
    record(
        events.CLUSTER_ENDED,
        by=by,
        about=found,
        name=found.title,
        area=found.pk,
        changes={
            "valid_to": (None, on),
            "communes": (_names(row.commune for row in rows), None),
        },
    )
    return found


@transaction.atomic
def put_communes(
    *, cluster: Area | None, communes: Collection[Area], valid_from: datetime.date, by: User
) -> list[Area]:
    """Let communes lie in a cluster from a day on, or in none; returns those that change.

    Raises ValidationError: no commune, a day in what is settled or on which the cluster or a
    commune is not there, a commune of a district, a change that is decided for a later day, or
    nothing that would change.
    """
    check_first_day(valid_from, "valid_from")
    if cluster is not None:
        cluster = _standing(cluster)
    changed = _place(cluster, communes, valid_from)
    if not changed:
        raise ValidationError({"communes": _("Nothing would change. Choose other communes.")})
    record(
        events.CLUSTER_JOINED,
        by=by,
        about=cluster,
        name=cluster.title if cluster is not None else _("Without a cluster"),
        area=cluster.pk if cluster is not None else changed[0].parent_id,
        changes={"communes": (None, _names(changed)), "valid_from": (None, valid_from)},
    )
    return changed


@transaction.atomic
def take_back(*, membership: ClusterMembership, by: User) -> None:
    """Take back a change of a commune's cluster whose day has not come; it stays where it was.

    Raises ValidationError: its day has come, or somebody took it back meanwhile.
    """
    row = ClusterMembership.objects.select_for_update().filter(pk=membership.pk).first()
    today = timezone.localdate()
    if row is None:
        raise ValidationError(_("Somebody took this back meanwhile."))
    commune, cluster = row.commune, row.cluster
    if row.valid_from > today:
        day = row.valid_from
        row.delete()
        before = ClusterMembership.objects.filter(commune=commune, valid_to=day).first()
    elif row.valid_to is not None and row.valid_to > today:
        day, before = row.valid_to, row
        if ClusterMembership.objects.filter(commune=commune, valid_from=day).exists():
            raise ValidationError(_("It goes to another cluster on that day. Take that back."))
    else:
        raise ValidationError(_("Its day has come. Put the commune elsewhere from a day on."))
    if before is not None and before.cluster.valid_to is None:
        before.valid_to = None
        save_checked(before)
    record(
        events.CLUSTER_TAKEN_BACK,
        by=by,
        about=cluster,
        name=cluster.title,
        area=cluster.pk,
        changes={"communes": (commune.title, None), "valid_from": (day, None)},
    )


def _place(
    cluster: Area | None, communes: Collection[Area], valid_from: datetime.date
) -> list[Area]:
    """Write the memberships; returns the communes that change."""
    if not communes:
        raise ValidationError({"communes": _("Choose at least one commune.")})
    if cluster is not None and not cluster.is_valid_on(valid_from):
        raise ValidationError(
            {
                "valid_from": _("%(area)s does not exist on %(date)s. Choose another day.")
                % {"area": cluster.title, "date": f"{valid_from:%d/%m/%Y}"}
            }
        )
    rows = ClusterMembership.objects.select_for_update().filter(commune__in=list(communes))
    of_commune: dict[int, list[ClusterMembership]] = {}
    for row in rows.order_by("valid_from"):
        of_commune.setdefault(row.commune_id, []).append(row)
    changed = []
    for commune in communes:
        _check_commune(commune, of_commune.get(commune.pk, []), valid_from)
        own = of_commune.get(commune.pk, [])
        standing = next((row for row in own if row.is_valid_on(valid_from)), None)
        if (standing.cluster_id if standing else None) == (cluster.pk if cluster else None):
            continue
        changed.append(commune)
        if standing is not None and standing.valid_from == valid_from:
            standing.delete()
        elif standing is not None:
            standing.valid_to = valid_from
            save_checked(standing)
        if cluster is not None:
            save_checked(ClusterMembership(cluster=cluster, commune=commune, valid_from=valid_from))
    return changed


def _check_commune(
    commune: Area, rows: Iterable[ClusterMembership], valid_from: datetime.date
) -> None:
    if not commune.is_valid_on(valid_from):
        raise ValidationError(
            {
                "valid_from": _("%(area)s does not exist on %(date)s. Choose another day.")
                % {"area": commune.title, "date": f"{valid_from:%d/%m/%Y}"}
            }
        )
    if commune.parent is None or commune.parent.kind != AreaKind.PROVINCE:
        raise ValidationError(
            {"communes": _("%(area)s lies in a district.") % {"area": commune.title}}
        )
    for row in rows:
        later = row.valid_from if row.valid_from > valid_from else row.valid_to
        if later is not None and later > valid_from:
            raise ValidationError(
                {
                    "communes": _(
                        "A change of %(area)s is decided for %(day)s already. Take it back first."
                    )
                    % {"area": commune.title, "day": f"{later:%d/%m/%Y}"}
                }
            )


def _standing(cluster: Area) -> Area:
    """The cluster as it is now, locked. Raises ValidationError when it has got an end since."""
    found = locked_row(cluster)
    if found.valid_to is not None:
        raise ValidationError(
            _("%(area)s ends on %(day)s.")
            % {"area": found.title, "day": f"{found.valid_to:%d/%m/%Y}"}
        )
    return found


def _free_name(name: str, on: datetime.date, *, but: Area | None = None) -> str:
    name = name.strip()
    others = Area.objects.filter(kind=AreaKind.CLUSTER, name__iexact=name).exclude(valid_to__lte=on)
    if but is not None:
        others = others.exclude(pk=but.pk)
    if others.exists():
        raise ValidationError({"name": _("Another cluster has this name.")})
    return name


def _free_code() -> str:
    """A code that no unit of the level ever had."""
    used = set(Area.objects.filter(level=AreaLevel.DISTRICT).values_list("code", flat=True))
    return next(code for code in map("C{}".format, count(1)) if code not in used)


def _names(communes: Iterable[Area]) -> str:
    """The communes of an event, the first of many."""
    names = [each.name for each in communes]
    more = f" … (+{len(names) - NAMED})" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
