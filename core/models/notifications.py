"""What the product has to say to its users, and how each notice reached them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """The ways by which a notification reaches a person."""

    EMAIL = "email", _("e-mail")


class DeliveryState(models.TextChoices):
    """What became of a delivery."""

    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    SKIPPED = "skipped", _("Not sent on purpose")


class DeliveryCode(models.TextChoices):
    """Why a delivery failed, was skipped, or waits for another attempt."""

    REFUSED = "refused", _("the address was refused")
    UNREACHABLE = "unreachable", _("the mail server could not be reached")
    INTERRUPTED = "interrupted", _("the process ended during the attempt")
    NO_ADDRESS = "no_address", _("no address is known")
    NOT_WANTED = "not_wanted", _("the person wants none")
    ACCOUNT_CLOSED = "account_closed", _("the account is closed")
    NOTHING_LEFT = "nothing_left", _("nothing is left to say")
    EXPIRED = "expired", _("its time was over")
    UNRECORDED = "unrecorded", _("an earlier version did not record why")


class Notification(models.Model):
    """One thing one person is notified of, by however many channels.

    `kind` is a code of `core.notifications.kinds`. `key` names the occurrence (a day, the id of
    an event): the database takes one row of a person, kind and key, so that nobody is notified
    twice of the same thing. Nothing is sent from `expires_at` on.
    """

    kind = models.CharField(_("kind"), max_length=60)
    key = models.CharField(_("occurrence"), max_length=100)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("recipient"),
    )
    # "app.model:key" of the row it is about; empty when about none, or about many.
    about = models.CharField(_("about"), max_length=100, blank=True, default="")
    # What the wording of the kind is filled with; never a secret.
    params = models.JSONField(_("parameters"), blank=True, default=dict)
    created_at = models.DateTimeField(_("made"), db_index=True)
    expires_at = models.DateTimeField(_("expires"))

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key", "recipient"],
                name="one_notification_per_occurrence_and_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} → {self.recipient_id}"


class Delivery(models.Model):
    """One notification by one channel.

    `try_at` is the time of the next attempt, set while the delivery waits and only then.
    """

    notification = models.ForeignKey(
        Notification, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    state = models.CharField(
        _("state"), max_length=8, choices=DeliveryState, default=DeliveryState.WAITING
    )
    code = models.CharField(_("why"), max_length=15, choices=DeliveryCode, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    try_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["notification", "channel"], name="one_delivery_per_notification_channel"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", try_at__isnull=False)
                | (~Q(state="waiting") & Q(try_at=None)),
                name="delivery_waits_for_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at=None)),
                name="delivery_sent_has_its_time",
            ),
            models.CheckConstraint(
                condition=~(Q(state="failed") | Q(state="skipped")) | ~Q(code=""),
                name="delivery_not_made_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["try_at"], condition=Q(state="waiting"), name="delivery_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state} {self.code}".strip()
