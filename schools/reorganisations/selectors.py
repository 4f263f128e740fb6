"""What hangs on units, decrees that are in force, and what a plan says before it is done."""

from collections.abc import Collection, Iterator
from typing import TypeAlias

from django.db.models import DO_NOTHING, ForeignKey, Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.validity import ValidInTime, valid_during

from ..enums import AreaLevel
from ..models import Area, Pupil, Reorganisation
from .followers import by_code
from .plans import ONE_DAY, Plan

# The map itself: what a decree writes.
OF_THE_MAP = {"area", "succession", "clustermembership", "placement"}
NAMED = 40
Hanging: TypeAlias = tuple[type[Model], ForeignKey, int]


def in_force() -> QuerySet[Reorganisation]:
    """Decrees that were applied and not taken back, the newest first."""
    return Reorganisation.objects.filter(undone_at=None).order_by("-effective_on", "-pk")


def decrees() -> QuerySet[Reorganisation]:
    """The decrees that were applied last, those taken back among them."""
    return Reorganisation.objects.defer("lines", "wrote").order_by("-made_at", "-pk")[:NAMED]


def foreign_keys() -> Iterator[tuple[type[Model], ForeignKey]]:
    """Every model filed under an area with the field that says so, but the stories of rows.

    The models of all packages, by what Django knows of them: one that is added is found too.
    """
    for relation in Area._meta.get_fields(include_hidden=True):
        field = getattr(relation, "field", None)
        if not relation.auto_created or not isinstance(field, ForeignKey):
            continue
        if field.remote_field.on_delete is not DO_NOTHING:
            yield field.model, field


def can_be_made_again(model: type[Model]) -> bool:
    """Whether rows are counted or loaded anew from others; a model says so of itself."""
    return getattr(model, "made_again", False)


def hanging_on(areas: Collection[Area], plan: Plan) -> list[Hanging]:
    """What is filed under units that end, the map itself and what is counted left out.

    Of what holds between two dates only what holds on the day or later is counted. One query for
    each model.
    """
    found = []
    for model, field in foreign_keys():
        if model._meta.model_name in OF_THE_MAP or can_be_made_again(model):
            continue
        rows = model._default_manager.filter(**{f"{field.name}__in": [each.pk for each in areas]})
        if issubclass(model, ValidInTime):
            rows = rows.filter(valid_during(plan.decree.effective_on, plan.decree.effective_on.max))
        if count := rows.count():
            found.append((model, field, count))
    return found


def preview(plan: Plan) -> list[str]:
    """What a plan does, in sentences: what ends and begins, what moves, what hangs on it."""
    day = {"day": f"{plan.decree.effective_on:%d/%m/%Y}"}
    last = {"day": f"{plan.decree.effective_on - ONE_DAY:%d/%m/%Y}"}
    said = [f"{plan.decree.named}: {_('in force from %(day)s') % day}."]
    for level in (AreaLevel.DISTRICT, AreaLevel.COMMUNE, AreaLevel.VILLAGE):
        ended = [area for area in plan.ended if area.level == level]
        begun = [area for area in plan.begun if area.level == level]
        if not ended and not begun:
            continue
        said.append(
            _("%(level)s: %(ended)s end on %(day)s, %(begun)s begin the day after.")
            % (last | {"level": level.label, "ended": len(ended), "begun": len(begun)})
        )
        goes_into = {id(new): new for _old, new in plan.successions if new.level == level}
        for new in list(goes_into.values())[:NAMED]:
            olds = [old for old, into in plan.successions if into is new]
            said.append(
                "  "
                + _("%(new)s ← %(olds)s")
                % {"new": _with_code(new), "olds": ", ".join(map(_with_code, olds))}
            )
        if len(goes_into) > NAMED:
            said.append("  " + _("… and %(count)s more.") % {"count": len(goes_into) - NAMED})
        followed = {old.pk for old, _new in plan.successions}
        for area in ended:
            if area.pk not in followed:
                said.append("  " + _("%(area)s is abolished.") % {"area": _with_code(area)})
    said += _of_schools(plan)
    said += _of_what_hangs(plan)
    return said


def _of_schools(plan: Plan) -> list[str]:
    said = []
    if count := len(plan.following):
        said.append(
            ngettext(
                "%(count)s school goes with its commune.",
                "%(count)s schools go with their communes.",
                count,
            )
            % {"count": count}
        )
    for school, commune in plan.moved[:NAMED]:
        said.append(
            _("%(school)s lies in %(area)s.") % {"school": school.name, "area": _with_code(commune)}
        )
    places = len(plan.members)
    if places:
        said.append(
            ngettext(
                "%(count)s new commune lies in a cluster.",
                "%(count)s new communes lie in a cluster.",
                places,
            )
            % {"count": places}
        )
    return said


def _of_what_hangs(plan: Plan) -> list[str]:
    said = []
    homes = Pupil.objects.filter(home__in=[area.pk for area in plan.ended]).count()
    if homes:
        said.append(
            ngettext(
                "%(count)s pupil is at home there; the record keeps the old unit.",
                "%(count)s pupils are at home there; their records keep the old unit.",
                homes,
            )
            % {"count": homes}
        )
    hanging = [
        f"{model._meta.verbose_name_plural}: {count}"
        for model, _field, count in hanging_on(plan.ended, plan)
        if model is not Pupil
    ]
    if hanging:
        said.append(
            _("Filed under units that end; read as before, holding no longer: %(what)s.")
            % {"what": "; ".join(hanging)}
        )
    for follower in by_code().values():
        said.append(
            _("Carried on, as chosen (%(what)s): %(count)s.")
            % {"what": follower.WORD, "count": len(plan.prepared[follower.CODE].items)}
        )
    return said


def _with_code(area: Area) -> str:
    return f"{area.title} ({area.code})"
