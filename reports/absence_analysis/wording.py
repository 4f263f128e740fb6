"""An analysis in words: one sentence under the headline, and the lines of the card."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance.enums import AbsenceReason
from core.formatting import number, percent, points
from core.levels import EducationLevel
from core.months import Month
from schools import ethnic_groups
from schools.enums import Grade, Sex

from .. import wording
from ..rates import Rate
from .decomposition import Change
from .findings import FEW_PUPILS, GROUP, NO_REASON, REASON, Explanation
from .sums import Absences


def sentence(total: Absences, found: list[Explanation]) -> str:
    """Of what kind the absences are, and the one thing that explains most; "" without any."""
    if not total.absent:
        return ""
    kind = _("%(unexcused)s of the absences are unexcused") % {
        "unexcused": percent(total.unexcused / total.absent, 0)
    }
    if not found:
        return f"{kind}."
    return f"{kind}; {told(found[0], total)}."


def told(each: Explanation, total: Absences) -> str:
    """One explanation, to stand within a sentence."""
    share = percent(each.share, 0)
    if each.kind == REASON:
        return _("most often given as the reason: %(reason)s (%(share)s)") % {
            "reason": reason_name(each.what),
            "share": share,
        }
    if each.kind == NO_REASON:
        return _("no reason is given for %(share)s of them") % {"share": share}
    if each.kind == FEW_PUPILS:
        return _few(total)
    if each.kind == GROUP:
        kind, code = each.what
        return _("%(group)s: attendance %(rate)s, the others %(others)s") % {
            "group": in_a_sentence(kind, code),
            "rate": _rate(each.rate),
            "others": _rate(each.others),
        }
    return _("%(place)s: attendance %(rate)s, all others together %(others)s") % {
        "place": each.what,
        "rate": _rate(each.rate),
        "others": _rate(each.others),
    }


def _few(total: Absences) -> str:
    return ngettext(
        "%(count)s pupil (%(part)s) who missed a fifth of the sessions or more has %(share)s of "
        "the absences",
        "%(count)s pupils (%(part)s) who missed a fifth of the sessions or more have %(share)s of "
        "the absences",
        total.very_often_pupils,
    ) % {
        "count": number(total.very_often_pupils),
        "part": percent(total.very_often_pupils / total.pupils),
        "share": percent(total.very_often_absent / total.absent, 0),
    }


def concentration(total: Absences) -> list[str]:
    """How much of the absences falls on pupils who are often absent: sentences."""
    if not total.absent or not total.pupils:
        return []
    if not total.often_pupils:
        return [_("Nobody missed a tenth of the sessions.")]
    said = [
        ngettext(
            "%(count)s pupil of %(pupils)s missed a tenth of the sessions or more: %(share)s of "
            "all absences.",
            "%(count)s pupils of %(pupils)s missed a tenth of the sessions or more: %(share)s of "
            "all absences.",
            total.often_pupils,
        )
        % {
            "count": number(total.often_pupils),
            "pupils": number(total.pupils),
            "share": percent(total.often_absent / total.absent, 0),
        }
    ]
    if total.very_often_pupils:
        said.append(
            ngettext(
                "Among them %(count)s missed a fifth or more: %(share)s.",
                "Among them %(count)s missed a fifth or more: %(share)s.",
                total.very_often_pupils,
            )
            % {
                "count": number(total.very_often_pupils),
                "share": percent(total.very_often_absent / total.absent, 0),
            }
        )
    return said


def change(found: Change, compared: Month, units: str) -> list[str]:
    """A change taken apart: sentences. `units`: what the places are, "schools"."""
    said = {
        "month": compared.label,
        "total": points(float(found.total), 2),
        "rates": points(float(found.rates), 2),
        "composition": points(float(found.composition), 2),
        "units": units,
    }
    sentences = [
        _(
            "Compared with %(month)s %(total)s points: %(rates)s from the %(units)s themselves, "
            "%(composition)s because their sizes changed."
        )
        % said
    ]
    named = [part for part in found.parts if part.effect and part.effect * found.total > 0][:3]
    if named and found.total:
        sentences.append(
            _("Most of it: %(parts)s.")
            % {"parts": "; ".join(f"{part.name} {points(float(part.effect), 2)}" for part in named)}
        )
    return sentences


def reason_name(reason: AbsenceReason) -> str:
    """A reason as the card names it; without one: "no reason given"."""
    return _("No reason given") if reason == AbsenceReason.UNKNOWN else str(reason.label)


def group_name(kind: str, code: Any) -> str:
    """A group as a row of its table."""
    if kind == "grade":
        label = str(Grade(code).label)
        return _("Grade %(grade)s") % {"grade": label} if code > 0 else label
    if kind == "level":
        return wording.level_name(EducationLevel(code))
    if kind == "sex":
        return str(Sex(code).label)
    return ethnic_groups.names().get(code) or _("Not known")


def in_a_sentence(kind: str, code: Any) -> str:
    """A group as a sentence begins with it."""
    if kind == "ethnic_group":
        return _("pupils of the %(group)s group") % {"group": group_name(kind, code)}
    if kind == "sex":
        return _("girls") if code == Sex.FEMALE else _("boys")
    name = group_name(kind, code)
    return name[:1].lower() + name[1:] if kind == "grade" else name


def kind_title(kind: str) -> str:
    """What the groups of a kind are by."""
    return {
        "grade": _("By grade"),
        "level": _("By level"),
        "sex": _("Boys and girls"),
        "ethnic_group": _("By ethnic group"),
    }[kind]


def _rate(rate: Rate | None) -> str:
    return percent(rate.value if rate else None)
