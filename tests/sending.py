"""Sending a register in one call, as a test says it."""

from typing import Any

from attendance.registers.services import sending
from attendance.registers.services.sending import Receipt
from attendance.registers.submission import RegisterSubmission


def send_register(**values: Any) -> Receipt:
    """Send a `RegisterSubmission` of these values."""
    return sending.send_register(RegisterSubmission(**values))
