"""Roles: short codes in the database, names and rights here.

A role is what a person is called at work; what it allows follows from this table only.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from core.permissions import Permission as P
from core.types import StrOrPromise

AREA, SCHOOL, CLASS, INSTALLATION = "area", "school", "school_class", "installation"
EMERGENCY = "emergency"


@dataclass(frozen=True)
class Role:
    """A role: where it is held (`place`) and what it allows there.

    `is_granted`: whether it is given to people by a grant.
    """

    code: str
    name: StrOrPromise
    description: StrOrPromise
    place: str
    permissions: frozenset[P]
    is_granted: bool = True


# Of whom a second factor can be demanded: one password of theirs opens a district, the province
# or the accounts of everybody (accounts.second_factor).
DEMANDED = frozenset({"district_officer", "province_officer", "system_admin"})

_FIGURES = {P.VIEW_FIGURES, P.VIEW_SCHOOL}

ROLES = {
    role.code: role
    for role in [
        Role(
            "teacher",
            _("Teacher"),
            _("Takes the registers of the classes granted and sees their pupils."),
            CLASS,
            frozenset({P.VIEW_FIGURES, P.VIEW_PUPILS, P.VIEW_REGISTER, P.TAKE_REGISTER}),
        ),
        Role(
            "school_head",
            _("School head"),
            _("Answers for a school: registers, pupils, classes, closures, figures."),
            SCHOOL,
            frozenset(
                _FIGURES
                | {
                    P.VIEW_PUPILS,
                    P.MANAGE_PUPILS,
                    P.IMPORT_PUPILS,
                    P.MANAGE_SCHOOL,
                    P.VIEW_REGISTER,
                    P.TAKE_REGISTER,
                    P.MANAGE_CALENDAR,
                    P.REOPEN_REGISTERS,
                    P.REMIND_REGISTERS,
                    P.VIEW_EVENTS,
                }
            ),
        ),
        Role(
            "commune_officer",
            _("Commune officer"),
            _("Follows the schools of a commune by name and figure; closes them in bad weather."),
            AREA,
            frozenset(
                _FIGURES
                | {
                    P.VIEW_PUPILS,
                    P.VIEW_REGISTER,
                    P.MANAGE_CALENDAR,
                    P.REOPEN_REGISTERS,
                    P.REMIND_REGISTERS,
                    P.EXPORT_FIGURES,
                    P.VIEW_FLAGS,
                    P.VIEW_EVENTS,
                }
            ),
        ),
        Role(
            "district_officer",
            _("District or cluster officer"),
            _("Follows the communes of a district or cluster by figures, without pupil names."),
            AREA,
            frozenset(
                _FIGURES
                | {
                    P.MANAGE_CALENDAR,
                    P.REOPEN_REGISTERS,
                    P.EXPORT_FIGURES,
                    P.VIEW_FLAGS,
                    P.VIEW_PLANS,
                    P.DRAFT_PLANS,
                    P.VIEW_COMMITTEES,
                    P.VIEW_EVENTS,
                }
            ),
        ),
        Role(
            "province_officer",
            _("Province officer"),
            _("Follows the province, sets targets, approves inspection plans."),
            AREA,
            frozenset(
                _FIGURES
                | {
                    P.MANAGE_CALENDAR,
                    P.REOPEN_REGISTERS,
                    P.MANAGE_TARGETS,
                    P.EXPORT_FIGURES,
                    P.VIEW_FLAGS,
                    P.VIEW_PLANS,
                    P.DRAFT_PLANS,
                    P.APPROVE_PLANS,
                    P.VIEW_COMMITTEES,
                    P.MANAGE_COMMITTEES,
                    P.VIEW_EVENTS,
                }
            ),
        ),
        Role(
            "committee_member",
            _("Committee member"),
            _("Answers for the communes assigned: sees their figures, records inspections."),
            AREA,
            frozenset(_FIGURES | {P.VIEW_FLAGS, P.RECORD_VISIT}),
        ),
        Role(
            "system_admin",
            _("System administrator"),
            _("Keeps accounts and the installation; sees no pupil names."),
            INSTALLATION,
            frozenset({P.MANAGE_USERS, P.VIEW_OPERATIONS, P.VIEW_EVENTS, P.OVERSEE_NAMES}),
        ),
        # What a head may, but for what is a teacher's word: an administrator sends no register,
        # and no class list is kept in that browser.
        Role(
            EMERGENCY,
            _("Emergency access"),
            _("A system administrator in the place of a school head, for some hours."),
            SCHOOL,
            frozenset(
                _FIGURES
                | {
                    P.VIEW_PUPILS,
                    P.MANAGE_PUPILS,
                    P.MANAGE_SCHOOL,
                    P.VIEW_REGISTER,
                    P.REOPEN_REGISTERS,
                }
            ),
            is_granted=False,
        ),
    ]
}


def choices() -> list[tuple[str, StrOrPromise]]:
    """Choices of a field; lazily named so that migrations stay free of wording."""
    return [(role.code, role.name) for role in ROLES.values() if role.is_granted]
