"""What each guide says: the one source of the help page and of the printed page.

A guide is short on purpose: three to five steps of a day, what happens without a network, and
whom to ask. It stands on a phone's screen (360 x 800) and on one page of A4, which
`tests/lai_chau_edu/test_guides.py` and `tests/browser/test_guides.py` hold.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from core.scope import Scope
from core.types import StrOrPromise


@dataclass(frozen=True)
class Step:
    """One thing to do. `page`: URL name of where it is done, `label`: what the menu calls it;
    `under`: the entry of the menu that leads there, when it is none itself."""

    text: StrOrPromise
    page: str = ""
    label: StrOrPromise = ""
    under: StrOrPromise = ""


@dataclass(frozen=True)
class Guide:
    """What a role does today. `roles`: the codes of `accounts.roles` that it is written for."""

    code: str
    title: StrOrPromise
    roles: tuple[str, ...]
    steps: tuple[Step, ...]
    offline: StrOrPromise
    ask: StrOrPromise


GUIDES = {
    guide.code: guide
    for guide in [
        Guide(
            "teacher",
            _("Teacher: what to do today"),
            ("teacher", "substitute", "viewing"),
            (
                Step(_("Open Today and choose your class."), "attendance:today", _("Today")),
                Step(
                    _(
                        "Everybody counts as present. Tap only who is not there:"
                        " P excused, K unexcused, M late."
                    )
                ),
                Step(
                    _(
                        "Press Send register. The hour and the receipt say that it has arrived;"
                        " correct it the same day and send again."
                    )
                ),
                Step(
                    _("A family says that a child stays away some days: write it down."),
                    "attendance:leaves",
                    _("Planned leave"),
                ),
                Step(
                    _("New to this? Practise; nothing of it counts."),
                    "attendance:practice",
                    _("Practice class"),
                ),
            ),
            _(
                "Mark and send as always. The register stays on the phone and goes by itself"
                " later; do not sign out before the receipt is there."
            ),
            _("The head of your school, who also gives a new password."),
        ),
        Guide(
            "head",
            _("School head: what to do today"),
            ("school_head",),
            (
                Step(
                    _("See which classes have not sent, and remind their teachers."),
                    "reports:missing",
                    _("Missing registers"),
                ),
                Step(
                    _("A teacher is away: give the class to a substitute."),
                    "staff:staff",
                    _("Staff"),
                ),
                Step(
                    _("Answer who asks to correct a register of an earlier day."),
                    "attendance:reopenings",
                    _("Open again"),
                ),
                Step(
                    _("Have somebody ask after the pupils who are often away."),
                    "reports:risks",
                    _("Pupils at risk"),
                ),
                Step(
                    _("A pupil came or left, a class changed: correct the list the same day."),
                    "schools:schools",
                    _("Schools"),
                ),
            ),
            _(
                "Registers go on: teachers mark and send on their phones as always. Lists and"
                " figures need a network; they wait for you."
            ),
            _("The officer of your commune, who also gives you a new password."),
        ),
        Guide(
            "officer",
            _("Commune and cluster officer: what to do today"),
            ("commune_officer", "district_officer"),
            (
                Step(
                    _("After the hour for sending: see which schools have not sent, ring them."),
                    "reports:missing",
                    _("Missing registers"),
                ),
                Step(
                    _("Severe cold, flood: record the days off before the morning."),
                    "attendance:closures",
                    _("Closures"),
                ),
                Step(
                    _("Read the flags of the night: where attendance is low, and why."),
                    "reports:flags",
                    _("Flags"),
                ),
                Step(
                    _("At the end of the month compare with the target."),
                    "reports:start",
                    _("Figures"),
                ),
                Step(_("Make the report for your superiors."), "reports:runs", _("Reports")),
            ),
            _(
                "Figures need a network. Before a trip print the page or save the report as a"
                " file. Registers of the schools wait on the teachers' phones, none is lost."
            ),
            _("The Department of Education and Training, which also gives a new password."),
        ),
        Guide(
            "department",
            _("Department: what to do today"),
            ("province_officer",),
            (
                Step(
                    _("Read the sentence about the month: which communes are certainly low."),
                    "reports:start",
                    _("Figures"),
                ),
                Step(
                    _("See which communes have sent too little to be judged."),
                    "reports:missing",
                    _("Missing registers"),
                ),
                Step(
                    _("Read and approve the inspection plans that wait."),
                    "inspections:plans",
                    _("Plans"),
                ),
                Step(
                    _("Keep schools, years and targets as they were decided."),
                    "schools:schools",
                    _("Schools"),
                ),
                Step(_("Make the report of the month."), "reports:runs", _("Reports")),
            ),
            _(
                "Figures need a network. Print the page or save the report before a meeting."
                " Registers of the schools wait on the teachers' phones, none is lost."
            ),
            _("The system administrator, who also gives a new password."),
        ),
        Guide(
            "member",
            _("Committee member: what to do today"),
            ("committee_member",),
            (
                Step(
                    _("See your communes and the inspections that are due."),
                    "inspections:mine",
                    _("My inspections"),
                ),
                Step(
                    _("Before you go read what the figures of the commune say."),
                    "reports:start",
                    _("Figures"),
                ),
                Step(
                    _(
                        "On the day record what you found, and what is recommended: to whom,"
                        " until when."
                    )
                ),
                Step(_("When a recommendation was carried out, say so at the inspection.")),
            ),
            _(
                "What you type stays on the page and is not sent. Leave the page open, and press"
                " again when there is a network."
            ),
            _("The standing office of your committee; for a new password the Department."),
        ),
        Guide(
            "administrator",
            _("Administrator: what to do today"),
            ("system_admin",),
            (
                Step(
                    _("See whether all is well: last backup, jobs, failures."),
                    "operations",
                    _("Operations"),
                ),
                Step(
                    _("Give roles and accounts, open who is locked out."),
                    "accounts:people",
                    _("Accounts"),
                ),
                Step(
                    _("Keep schools and school years as they were decided."),
                    "schools:records",
                    _("Open and change schools"),
                ),
                Step(
                    _("When something is odd: who did what, and when."),
                    "schools:events",
                    _("Who did what"),
                ),
                Step(
                    _("A school cannot help itself: open emergency access, with a reason."),
                    "accounts:emergency",
                    _("Emergency access"),
                    _("Operations"),
                ),
            ),
            _(
                "When the server is away, teachers go on: registers wait on their phones and come"
                " by themselves. Nobody needs to enter anything twice."
            ),
            _("Whoever runs the server; the manual of operation says what to do with each fault."),
        ),
    ]
}


def guides_for(scope: Scope) -> list[Guide]:
    """The guides of the roles that a person holds, in the order in which they were granted.

    Who holds none yet reads the teacher's.
    """
    of_role = {role: guide for guide in GUIDES.values() for role in guide.roles}
    found = dict.fromkeys(of_role[role].code for role in scope.roles if role in of_role)
    return [GUIDES[code] for code in found] or [GUIDES["teacher"]]
