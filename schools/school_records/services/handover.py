"""Classes, pupils and sites that go on in another school from a day on.

A class belongs to one school for good: its registers and figures are filed there. A class that
has begun therefore ends on the day, and its like begins in the other school with the same
pupils, who have changed class and not left school. A class of a year that has not begun by then
has no past, and goes over as it is.
"""

import datetime
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial

from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history

from core.services.saving import save_checked
from core.types import User
from core.vietnamese import fold

from ...enums import EntryReason, ExitReason
from ...models import Enrolment, School, SchoolClass, Site
from ...pupil_import.resources.bulk import CHUNK, write_changed
from ...signals import classes_continued, enrolments_changed
from ..selectors.standing import counted_pupils, spells_from

SPELL_FIELDS = ["school", "school_class", "valid_to", "exit_reason"]
LONGEST_CLASS = 30  # characters
LONGEST_SITE = 100


@dataclass(frozen=True)
class Continued:
    """A class that goes on in another school, its name there, and whether it has begun."""

    school_class: SchoolClass
    name: str
    has_begun: bool


def continued(
    classes: Collection[SchoolClass], taken: Collection[SchoolClass], on: datetime.date
) -> list[Continued]:
    """How classes go on in a school whose own classes are `taken`: names, the free ones first.

    A name that the school has in that year gets a number: "6A" becomes "6A (2)".
    """
    used = {(each.year_id, fold(each.name)) for each in taken}
    found = []
    for each in classes:
        of_year = {name for year_id, name in used if year_id == each.year_id}
        name = free_name(each.name, partial(_is_taken, folded=of_year), longest=LONGEST_CLASS)
        used.add((each.year_id, fold(name)))
        found.append(Continued(each, name, each.year.valid_from < on))
    return found


def _is_taken(text: str, *, folded: Collection[str]) -> bool:
    return fold(text) in folded


def free_name(name: str, is_taken: Callable[[str], bool], *, longest: int) -> str:
    """The name, or the first of "name (2)", "name (3)", … that nobody has."""
    number, wanted = 1, name
    while is_taken(wanted):
        number += 1
        end = f" ({number})"
        wanted = name[: longest - len(end)].rstrip() + end
    return wanted


def renamed(found: Iterable[Continued]) -> list[str]:
    """Sentences about the classes whose name was taken."""
    return [
        _("Class %(old)s of %(school)s becomes %(new)s: the name is taken.")
        % {
            "old": each.school_class.name,
            "school": each.school_class.school.name,
            "new": each.name,
        }
        for each in found
        if each.name != each.school_class.name
    ]


def pupils_of(found: Iterable[Continued], on: datetime.date) -> str:
    """How many pupils go along, in words."""
    spells = spells_from([each.school_class.pk for each in found], on)
    return counted_pupils(len({spell.pupil_id for spell in spells}))


def move_sites(
    sites: Iterable[Site], to: School, on: datetime.date, *, main: Site | None = None
) -> dict[int, Site]:
    """Let sites go on in another school: dict old site id -> site of that school.

    `main` becomes its main site. A name that the school has is joined with the old school's.
    """
    taken = {fold(name) for name in to.sites.values_list("name", flat=True)}
    moved = {}
    for site in sites:
        name = site.name
        if fold(name) in taken:
            name = f"{site.school.name} – {name}"[:LONGEST_SITE]
        name = free_name(name, lambda text: fold(text) in taken, longest=LONGEST_SITE)
        taken.add(fold(name))
        if site.valid_from >= on:
            # Not in use yet: nothing of it lies in the past.
            site.school, site.name, site.is_main = to, name, site == main
            moved[site.pk] = save_checked(site)
            continue
        if site.valid_to is None or site.valid_to > on:
            end, site.valid_to = site.valid_to, on
            save_checked(site)
        else:
            end = None
        moved[site.pk] = save_checked(
            Site(
                school=to,
                name=name,
                is_main=site == main,
                village=site.village,
                valid_from=on,
                valid_to=end,
            )
        )
    return moved


def hand_over(
    found: Collection[Continued],
    *,
    to: School,
    sites: dict[int, Site],
    main: Site,
    on: datetime.date,
    by: User | None,
) -> None:
    """Let classes with their pupils go on in the school `to`, on its sites.

    Says `classes_continued` and, for the rolls that differ from the day on, `enrolments_changed`.
    """
    new_of: dict[int, SchoolClass] = {}
    for each in found:
        site = sites.get(each.school_class.site_id, main)
        if each.has_begun:
            new_of[each.school_class.pk] = _begin_like(each, to, site, by)
            each.school_class.ended_on = on
        else:
            new_of[each.school_class.pk] = each.school_class
            each.school_class.school, each.school_class.site = to, site
            each.school_class.name = each.name
        save_checked(each.school_class, by=by)
    spells = spells_from(list(new_of), on)
    move_spells(spells, new_of, on, by)
    successors = {old: new.pk for old, new in new_of.items() if old != new.pk}
    if successors:
        classes_continued.send(sender=SchoolClass, successors=successors, on=on, by=by)
    if spells:
        enrolments_changed.send(
            sender=Enrolment,
            school_class_ids=sorted({*new_of, *successors.values()}),
            start=on,
            end=None,
        )


def _begin_like(each: Continued, to: School, site: Site, by: User | None) -> SchoolClass:
    old = each.school_class
    return save_checked(
        SchoolClass(
            school=to,
            site=site,
            year=old.year,
            name=each.name,
            level=old.level,
            grades=old.grades,
            sessions=old.sessions,
        ),
        by=by,
    )


def move_spells(
    spells: Collection[Enrolment],
    new_of: dict[int, SchoolClass],
    on: datetime.date,
    by: User | None,
) -> None:
    """Let enrolments go on in other classes (`new_of`: by the id of the old one) from a day on.

    One that begins that day or later is corrected; else it ends and the next one begins, as a
    change of class. The caller says which rolls differ.
    """
    begun = []
    for spell in spells:
        new = new_of[spell.school_class_id]
        if spell.valid_from >= on:
            spell.school_class = new
            spell.copy_from_owners()
            continue
        if new.pk == spell.school_class_id:
            continue
        after = Enrolment(
            pupil=spell.pupil,
            school_class=new,
            grade=spell.grade,
            valid_from=on,
            valid_to=spell.valid_to,
            entry_reason=EntryReason.CLASS_CHANGE,
            exit_reason=spell.exit_reason,
            dropout_cause=spell.dropout_cause,
            further_causes=spell.further_causes,
            told_status=spell.told_status,
        )
        after.copy_from_owners()
        begun.append(after)
        spell.valid_to, spell.exit_reason = on, ExitReason.CLASS_CHANGE
        spell.dropout_cause = spell.further_causes = ""
    # Ends before beginnings: at no moment do two times in class of a pupil overlap.
    write_changed(Enrolment, spells, [*SPELL_FIELDS, "dropout_cause", "further_causes"], by=by)
    bulk_create_with_history(begun, Enrolment, CHUNK, default_user=by)
