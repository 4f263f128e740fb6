"""Users and the roles they hold.

A `RoleGrant` says: this person holds this role for this place from this day to that one.
What the role allows is in `accounts.roles`; what lies below the place is in
`schools.areas.selectors.tree`. A class teacher's dated grant is also the record of who was the
homeroom teacher when.
"""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, NoReturn, Self

from django.conf import settings
from django.contrib.auth import get_backends
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.events import Kind
from core.models import BackgroundRun, Phase
from core.models.background_runs import CRASHED
from core.permissions import KeyScope
from core.text import check_text
from core.types import StrOrPromise
from core.validity import ValidInTime, ValidInTimeQuerySet, ends_after_it_begins
from core.vietnamese import normalise
from core.wordings import Wording

from . import events, roles
from .digests.models import DigestChoice
from .first_passwords import canonical
from .passwords import one_form
from .staff.models import ClassAssignment, Post, StaffImport, StaffMember

__all__ = [
    "ApiToken",
    "ClassAssignment",
    "DigestChoice",
    "EmergencyAccess",
    "EmergencyNotice",
    "FailedAttempts",
    "GrantNeverDeleted",
    "Post",
    "RoleGrant",
    "SignedIn",
    "StaffImport",
    "StaffMember",
    "User",
]


class User(AbstractUser):
    """A person who signs in. Names are Vietnamese: one field, never first and last.

    However a password is set, and however an account is closed: its access keys end with that.
    A password set by anybody but its owner must be changed at the next sign-in.
    """

    event_kinds: ClassVar[dict[str, Kind]] = {
        "admin.added": events.ACCOUNT_MADE,
        "admin.changed": events.ACCOUNT_CHANGED,
    }
    # Said by whoever sets a password: its owner chose it.
    password_is_own = False
    # Whether the password was made unusable since the row was last saved.
    _password_was_taken = False
    # Whether the admin opens to this person, once it has been asked (accounts.backends).
    _keeps_accounts: bool | None = None

    # Django's way to leave out a field of an abstract model.
    first_name = None  # type: ignore[assignment]  # stub: always there
    last_name = None  # type: ignore[assignment]  # stub: always there
    full_name = models.CharField(_("full name"), max_length=100, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    must_change_password = models.BooleanField(_("must change the password"), default=False)
    wants_reminders = models.BooleanField(
        _("wants reminders by e-mail"),
        default=True,
        help_text=_("One e-mail a day at most, and only when a register is missing."),
    )

    # Of a password that another handed over (accounts.first_passwords): it opens nothing from this
    # moment on; NULL for one's own. A code opens once.
    temporary_until = models.DateTimeField(_("password valid until"), null=True, editable=False)
    opens_once = models.BooleanField(_("password opens once"), default=False, editable=False)

    # How often devices were closed because one was lost (accounts.device_keys).
    devices_closed = models.PositiveIntegerField(default=0, editable=False)

    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.full_name or self.username

    def clean(self) -> None:
        super().clean()
        self.full_name = normalise(self.full_name)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        found: str = super()._get_session_auth_hash(  # type: ignore[misc]  # no stub
            secret=secret
        )
        # As it always was for those who lost no device: their sessions go on.
        return f"{found}.{self.devices_closed}" if self.devices_closed else found

    def set_unusable_password(self) -> None:
        super().set_unusable_password()
        self._password_was_taken = True

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Roles decide alone (`accounts.backends`): Django's own permissions and its short cut
        for superusers open nothing here."""
        return any(backend.has_perm(self, perm, obj) for backend in _backends_of_rights())

    def has_module_perms(self, app_label: str) -> bool:
        """The same for all models of an app."""
        return any(backend.has_module_perms(self, app_label) for backend in _backends_of_rights())

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        from .closing import before_saving

        with transaction.atomic():
            update_fields = before_saving(self, update_fields)
            super().save(*args, update_fields=update_fields, **kwargs)

    @classmethod
    def normalize_username(cls, username: str) -> str:
        """Unicode's NFKC, as Django has it; raises TextRefused for what would take too long."""
        check_text(username)
        return super().normalize_username(username)

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(one_form(raw_password))
        self.temporary_until, self.opens_once = None, False

    def check_password(self, raw_password: str | None) -> bool:
        until, once = self.temporary_until, self.opens_once
        try:
            if raw_password is not None and until is not None:
                return super().check_password(canonical(raw_password))
            return super().check_password(one_form(raw_password))
        finally:
            # A hash made anew is no new password: what was handed over stays that.
            self.temporary_until, self.opens_once = until, once

    def set_temporary_password(
        self, text: str, *, until: datetime.datetime, opens_once: bool = False
    ) -> None:
        """Set a password that its owner must change; it opens nothing from `until` on."""
        self.set_password(canonical(text))
        self.temporary_until, self.opens_once = until, opens_once
        self.must_change_password = True

    @property
    def is_expired(self) -> bool:
        """Whether the password was handed over and its time is over."""
        return self.temporary_until is not None and self.temporary_until <= timezone.now()

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


def _backends_of_rights() -> list[Any]:
    return [each for each in get_backends() if getattr(each, "decides_rights", False)]


class GrantQuerySet(ValidInTimeQuerySet):
    """Grants, which are kept for good."""

    def delete(self) -> NoReturn:
        raise GrantNeverDeleted


class GrantNeverDeleted(TypeError):
    """A role ends on a day (`accounts.services.end_grant`); its row is never deleted."""


class RoleGrant(ValidInTime):
    """A role held for a place between two days: who held what when is known for good.

    Its end is all that changes, and what has ended has ended.
    """

    FIXED = ("user_id", "role", "area_id", "school_id", "school_class_id", "valid_from")
    event_kinds: ClassVar[dict[str, Kind]] = {
        "admin.added": events.ROLE_GIVEN,
        "admin.changed": events.ROLE_CHANGED,
    }

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(_("role"), max_length=20, choices=roles.choices)
    area = models.ForeignKey(
        "schools.Area", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    school = models.ForeignKey(
        "schools.School", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    school_class = models.ForeignKey(
        "schools.SchoolClass", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="grants_given",
    )
    granted_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar = GrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("role held")
        verbose_name_plural = _("roles held")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(area=None, school=None)
                | models.Q(area=None, school_class=None)
                | models.Q(school=None, school_class=None),
                name="role_is_held_for_one_place",
            ),
            ends_after_it_begins("role_ends_after_it_begins"),
        ]
        indexes = [models.Index(fields=["user", "valid_from"], name="rolegrant_user_from")]

    def __str__(self) -> str:
        place = self.area or self.school or self.school_class or ""
        return f"{self.get_role_display()} · {place}"

    @property
    def event_name(self) -> str:
        """Whose role it is, for the list of events."""
        return f"{self.user}: {self}"

    @property
    def is_over(self) -> bool:
        """Whether it has ended by today."""
        return self.valid_to is not None and self.valid_to <= timezone.localdate()

    @property
    def last_day(self) -> datetime.date | None:
        """The last day on which it is held; None without an end."""
        return self.valid_to and self.valid_to - datetime.timedelta(days=1)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk and not self._state.adding:
            before = type(self).objects.get(pk=self.pk)
            has_ended = before.valid_to is not None and before.valid_to <= timezone.localdate()
            fixed = (*self.FIXED, "valid_to") if has_ended else self.FIXED
            if any(getattr(before, name) != getattr(self, name) for name in fixed):
                raise ValidationError(
                    _("A role given stays as it is. End it and give another."), code="fixed"
                )
        super().save(*args, **kwargs)

    def delete(self, *args: object, **kwargs: object) -> NoReturn:
        raise GrantNeverDeleted

    def clean(self) -> None:
        super().clean()
        if self.granted_by_id is not None and self.granted_by_id == self.user_id:
            raise ValidationError(_("Nobody gives a role to oneself."), code="own_role")
        role = roles.ROLES.get(self.role)
        if role is None:
            return
        given = {
            name
            for name in (roles.AREA, roles.SCHOOL, roles.CLASS)
            if getattr(self, f"{name}_id") is not None
        }
        wanted = set() if role.place == roles.INSTALLATION else {role.place}
        if given != wanted:
            raise ValidationError(
                _("The role “%(role)s” is held for %(place)s. Choose exactly that.")
                % {"role": role.name, "place": PLACE_NAMES[role.place]},
                code="wrong_place",
            )


class ApiToken(models.Model):
    """A key with which another system acts for a user through the API, until a day.

    Only the SHA-256 of the secret is kept: whoever reads the database cannot use it. The
    secret has 256 random bits, so that a fast hash is enough.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("what it is for"), max_length=100)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    start = models.CharField(_("begins with"), max_length=12, editable=False)
    made_at = models.DateTimeField(_("made"), auto_now_add=True)
    expires_at = models.DateTimeField(_("valid until"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    # Codes of KeyScope, comma between.
    scopes = models.CharField(_("may"), max_length=60, default="figures,rolls,registers")
    refused_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("access key")
        verbose_name_plural = _("access keys")
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.start}… {self.name}"

    @property
    def is_valid(self) -> bool:
        """Whether it opens anything now."""
        return self.revoked_at is None and self.expires_at > timezone.now()

    @property
    def scope_set(self) -> frozenset[str]:
        """What it is for, as a set of codes of `KeyScope`."""
        return frozenset(self.scopes.split(","))

    @property
    def scope_names(self) -> list[StrOrPromise]:
        """The same in words, in the order of the list."""
        return [KEY_SCOPES[scope] for scope in KeyScope if scope in self.scope_set]

    def note_refusal(self, why: str) -> None:
        """Write down that it was refused; at most once an hour, as programs try again.

        Args:
            why: code of the refusal, such as "key_scope".
        """
        from .tokens import note_refusal

        note_refusal(self, why)


class EmergencyQuerySet(models.QuerySet):
    """Emergency accesses by whether they are open."""

    def open_now(self) -> Self:
        """Those that give rights at this moment."""
        return self.filter(ended_at=None, ends_at__gt=timezone.now())


class EmergencyAccess(models.Model):
    """A system administrator in the place of a school's head for some hours, and why."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(_("reason"), max_length=500)
    began_at = models.DateTimeField(_("opened"))
    ends_at = models.DateTimeField(_("until"))
    ended_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects = EmergencyQuerySet.as_manager()

    class Meta:
        verbose_name = _("emergency access")
        verbose_name_plural = _("emergency accesses")
        ordering = ["-began_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.user} · {self.school}"

    @property
    def is_open(self) -> bool:
        """Whether it gives rights now."""
        return self.ended_at is None and self.ends_at > timezone.now()


class EmergencyNotice(models.Model):
    """Who is to hear of an emergency access on the first page, and when they have."""

    access = models.ForeignKey(EmergencyAccess, on_delete=models.CASCADE, related_name="notices")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("notice of an emergency access")
        verbose_name_plural = _("notices of emergency accesses")
        constraints = [
            models.UniqueConstraint(fields=["access", "user"], name="emergency_is_told_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.access}"


KEY_SCOPES = {
    KeyScope.FIGURES: _("Read figures and what follows from them"),
    KeyScope.ROLLS: _("Read class lists and registers, with names"),
    KeyScope.REGISTERS: _("Send registers, note home visits"),
    KeyScope.ACTIONS: _("Report on tasks of plans of action"),
}


class FailedAttempts(models.Model):
    """Wrong passwords and codes in a row of one account, device or address."""

    key = models.CharField(max_length=100, unique=True)
    count = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()
    last_at = models.DateTimeField(db_index=True)
    locked_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("failed attempts")
        verbose_name_plural = _("failed attempts")

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"


class SignedIn(models.Model):
    """A browser in which a person is signed in: what its owner is shown of it.

    Goes with its session (`accounts.sessions`), and is in no backup.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    session_key = models.CharField(max_length=40, unique=True)
    device = models.CharField(_("device"), max_length=60, blank=True)
    address = models.CharField(_("network address"), max_length=45, blank=True)
    began_at = models.DateTimeField(_("signed in"))
    seen_at = models.DateTimeField(_("last seen"), db_index=True)

    class Meta:
        verbose_name = _("signed-in browser")
        verbose_name_plural = _("signed-in browsers")
        ordering = ["-seen_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.device} {self.address}"


PLACE_NAMES = {
    roles.AREA: _("an area"),
    roles.SCHOOL: _("a school"),
    roles.CLASS: _("a class"),
    roles.INSTALLATION: _("the whole installation"),
}


# Where the slips of `accounts.issuing` lie. It begins with a dot: folders of such names are in no
# backup (operations.backup.stored_files).
SLIPS_FOLDER = ".slips"


# Longer than a chunk takes while others sign in; a batch says that it is alive after each.
BATCH_SILENT_FOR = datetime.timedelta(minutes=15)
NOT_TO_GIVE = "not_to_give"


def slips_path(batch: "AccountBatch", name: str) -> str:
    """Where the sealed slips of a batch lie."""
    return f"{SLIPS_FOLDER}/{batch.pk}"


class AccountBatch(BackgroundRun):
    """Accounts made together by one person, and their slips: downloaded once, then gone.

    The file is sealed (`accounts.issuing.sealing`); no password is in the database but as a hash.
    `expires_at` is the end of the file; the row stays.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Being made")
        DONE = "done", _("Made")
        FAILED = "failed", _("Stopped by a fault")
        CANCELLED = "cancelled", _("Cancelled on request")

    PHASES = {
        State.WAITING: Phase("accounts.make_accounts", BATCH_SILENT_FOR),
        State.RUNNING: Phase("accounts.make_accounts", BATCH_SILENT_FOR, again=State.WAITING),
    }
    WORDINGS: ClassVar[Mapping[str, Wording]] = {
        CRASHED: Wording(
            _(
                "Not all could be made. The accounts below exist. The system administrator can "
                "start it again under “Operations”; then all slips are made anew."
            )
        ),
        NOT_TO_GIVE: Wording(
            _(
                "The role or the place is no longer yours to give. Ask whoever gave you your "
                "role, then ask for the accounts again."
            )
        ),
    }
    JOB_ARGUMENT = "batch_id"

    # New passwords for accounts that are there, instead of new accounts.
    is_again = models.BooleanField(_("passwords made anew"), default=False)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.WAITING)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="account_batches"
    )
    valid_from = models.DateField(_("roles from"))
    file = models.FileField(upload_to=slips_path, blank=True)
    fetched_at = models.DateTimeField(_("slips downloaded at"), null=True)

    class Meta(BackgroundRun.Meta):
        verbose_name = _("batch of accounts")
        verbose_name_plural = _("batches of accounts")
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.made_at:%d/%m/%Y}"

    @property
    def stored_names(self) -> list[str]:
        return [self.file.name or ""]

    @property
    def has_slips(self) -> bool:
        """Whether the slips can be downloaded now."""
        return bool(self.file) and self.expires_at is not None and self.expires_at > timezone.now()


class AccountBatchLine(models.Model):
    """One person of a batch: what was asked, and the account once it is made."""

    batch = models.ForeignKey(
        AccountBatch,
        on_delete=models.CASCADE,
        related_name="lines",
        verbose_name=_("batch of accounts"),
    )
    number = models.PositiveIntegerField(_("number in the batch"))
    full_name = models.CharField(_("full name"), max_length=100)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    role = models.CharField(_("role"), max_length=20)
    # [[kind, key], …]: accounts.issuing.new_account.PlaceRef.
    places = models.JSONField(_("places of the role"), default=list)
    slip_place = models.CharField(_("place on the slip"), max_length=200, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    # Of the staff list, whose account this becomes; NULL for a pasted name.
    person = models.ForeignKey(
        StaffMember,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("staff member"),
    )

    class Meta:
        verbose_name = _("person of a batch")
        verbose_name_plural = _("people of a batch")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="batch_line_number_is_unique")
        ]

    def __str__(self) -> str:
        return self.full_name
