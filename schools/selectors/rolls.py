"""Who is on the roll: the one answer used by entry, facts and exports alike."""

from collections import Counter

from django.db.models import Count
from django.utils.translation import gettext as _

from ..models import Enrolment


def roll_on(school_class, date):
    """Spells of the class valid on a day, with their pupils, in the order of the names.

    One query. The pupil's name order is tên, họ, đệm (`Pupil.name_key`).
    """
    return list(
        Enrolment.objects.on(date)
        .filter(school_class=school_class)
        .select_related("pupil")
        .order_by("pupil__name_key", "pupil_id")
    )


def roll_ids_on(school_class, date):
    """Ids of the pupils on the roll of the class that day, in no order; one query."""
    return list(
        Enrolment.objects.on(date)
        .filter(school_class=school_class)
        .order_by()
        .values_list("pupil_id", flat=True)
    )


def roll_counts_on(class_ids, date):
    """Dict class id -> number of pupils on the roll that day; one query."""
    return dict(
        Enrolment.objects.on(date)
        .filter(school_class_id__in=class_ids)
        .order_by()
        .values_list("school_class_id")
        .annotate(Count("pk"))
    )


def namesakes(pupils):
    """Ids of those whose whole name another of them bears; they need more to be told apart."""
    bearers = Counter(pupil.full_name for pupil in pupils)
    return {pupil.pk for pupil in pupils if bearers[pupil.full_name] > 1}


def names_apart(pupils):
    """Dict pupil id -> name; namesakes with their day of birth."""
    alike = namesakes(pupils)
    return {
        pupil.pk: _("%(name)s, born %(day)s")
        % {"name": pupil.full_name, "day": pupil.birth_date.strftime("%d/%m/%Y")}
        if pupil.pk in alike
        else pupil.full_name
        for pupil in pupils
    }
