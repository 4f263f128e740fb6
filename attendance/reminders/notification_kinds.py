"""Kinds of notification of attendance (`core.notifications`)."""

from core.notifications.kinds import Preference, declare

# One e-mail a person and day, whatever is missing; its key is the day. Composed when it is sent.
REGISTERS_MISSING = declare("attendance.registers_missing", preference=Preference.REMINDERS)
