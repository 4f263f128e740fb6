"""The channels: how a message leaves us. One class each; `CHANNELS` are those that exist.

A channel beside e-mail needs a value of `models.Channel`, a class here and a place in `CHANNELS`.
"""

import contextlib
import logging
import smtplib
from collections.abc import Iterator
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from ..models import Channel, DeliveryCode
from ..types import User
from .kinds import Message

logger = logging.getLogger(__name__)

# ValueError: an address that cannot be written into a message.
NOT_TAKEN = (smtplib.SMTPException, OSError, ValueError)


class NotDelivered(Exception):
    """A channel did not take a message; `code` is a `DeliveryCode`."""

    def __init__(self, code: DeliveryCode) -> None:
        super().__init__(code.value)
        self.code = code


class ChannelSession(Protocol):
    """What is open while some messages go out."""

    def deliver(self, message: Message, address: str) -> None:
        """Hand a message over. Raises NotDelivered."""


class DeliveryChannel(Protocol):
    """One way by which notifications reach people."""

    code: Channel

    def is_available(self) -> bool:
        """Whether this installation has it."""

    def address_of(self, recipient: User) -> str:
        """Where it reaches a person; empty when nowhere."""

    def session(self) -> contextlib.AbstractContextManager[ChannelSession]:
        """What is opened for some messages and closed after them."""


class EmailSession:
    """A connection to the mail server. One that cannot be reached is not asked again."""

    def __init__(self) -> None:
        self._connection = get_connection()
        self._is_down = False

    def deliver(self, message: Message, address: str) -> None:
        """Hand an e-mail to the server. Raises NotDelivered."""
        if self._is_down or not self._send(message, address):
            self._is_down = self._is_down or not self._reopened()
            raise NotDelivered(DeliveryCode.UNREACHABLE if self._is_down else DeliveryCode.REFUSED)

    def close(self) -> None:
        """The last message is out."""
        self._connection.close()

    def _send(self, message: Message, address: str) -> bool:
        email = EmailMessage(
            message.subject,
            message.body,
            to=[address],
            headers={"Auto-Submitted": "auto-generated", **message.headers},
            connection=self._connection,
        )
        try:
            return bool(email.send())
        except NOT_TAKEN as error:
            # Its words may quote an address.
            logger.warning("an e-mail was not taken: %s", type(error).__name__)
            return False

    def _reopened(self) -> bool:
        """Whether the server can be reached again after a fault."""
        try:
            self._connection.close()
            self._connection.open()
        except NOT_TAKEN as error:
            logger.warning("the mail server cannot be reached: %s", type(error).__name__)
            return False
        return True


class EmailChannel:
    """E-mail to the address of the account; there is one where EMAIL_URL is set."""

    code = Channel.EMAIL

    def is_available(self) -> bool:
        """Whether a mail server is set."""
        return bool(settings.EMAIL_CONFIGURED)

    def address_of(self, recipient: User) -> str:
        """The address of the account; empty when none is known."""
        return recipient.email

    @contextlib.contextmanager
    def session(self) -> Iterator[ChannelSession]:
        """A connection, opened with the first message."""
        session = EmailSession()
        try:
            yield session
        finally:
            session.close()


CHANNELS: tuple[DeliveryChannel, ...] = (EmailChannel(),)


def available() -> list[DeliveryChannel]:
    """The channels that this installation has."""
    return [channel for channel in CHANNELS if channel.is_available()]
