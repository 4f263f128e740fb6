"""A change of the roll in the past, and the registers that were sent under the older roll.

The change is made here; the registers lie one floor up. A service is told the choice, or
`ASK`: then who keeps the registers raises `ChoiceNeeded` from within the transaction, nothing
is written, and the page shows what it says. So what is shown is what will happen.
"""

import hashlib
from dataclasses import dataclass, field
from typing import TypeAlias

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

ASK = "ask"
# A `PastChoice`, or `ASK`.
Choice: TypeAlias = str


class PastChoice(models.TextChoices):
    """What registers that a pupil was not in say of the pupil once the pupil is on their roll."""

    PRESENT = "present", _("Present, as the registers were sent")
    UNCOUNTED = "uncount", _("Not counted: the pupil was not in these registers")
    MOVED = "moved", _("Marks moved along from the class before")
    RESTORED = "back", _("The marks kept come back with the pupil")
    KEPT = "kept", _("No longer counted; the marks are kept and come back with the pupil")


@dataclass(frozen=True)
class PastRegister:
    """A register that the change reaches: the class and session in words, and what it says."""

    label: str
    text: str


@dataclass
class Effect:
    """What a change does to registers already sent.

    `missing`: registers that did not have the pupil; `gone`: those that had, and will not;
    `restored`: those whose kept marks come back. Lists of `PastRegister`.
    """

    missing: list[PastRegister] = field(default_factory=list)
    gone: list[PastRegister] = field(default_factory=list)
    restored: list[PastRegister] = field(default_factory=list)
    choices: list[PastChoice] = field(default_factory=list)

    @property
    def seen(self) -> str:
        """Which effect this is, so that a choice is only taken for what was shown."""
        text = repr([self.missing, self.gone, self.restored, self.choices])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class ChoiceNeeded(Exception):
    """Registers were sent under the older roll, and nobody has said what becomes of them."""

    def __init__(self, effect: Effect) -> None:
        self.effect = effect
        super().__init__("registers were sent under another roll")


class RegistersLocked(ValidationError):
    """Registers that the change would reach can be changed by nobody; nothing is written.

    Raised by who keeps the registers; its sentence says why, and whom to ask.
    """
