"""Users and the roles they hold.

A `RoleGrant` says: this person holds this role for this place from this day to that one.
What the role allows is in `accounts.roles`; what lies below the place is in
`schools.selectors.areas`. A class teacher's dated grant is also the record of who was the
homeroom teacher when.
"""

from collections.abc import Iterable
from typing import Any, ClassVar, NoReturn, Self

from django.conf import settings
from django.contrib.auth import get_backends
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.events import Kind
from core.permissions import KeyScope
from core.text import check_text
from core.types import StrOrPromise
from core.validity import ValidInTime, ValidInTimeQuerySet, ends_after_it_begins
from core.vietnamese import normalise

from . import events, roles
from .passwords import one_form


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
        help_text=_("One letter a day at most, and only when a register is missing."),
    )

    # How often devices were closed because one was lost (accounts.vault).
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

    def check_password(self, raw_password: str | None) -> bool:
        return super().check_password(one_form(raw_password))

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
    scopes = models.CharField(_("may"), max_length=60, default=",".join(KeyScope))
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
    KeyScope.REGISTERS: _("Send registers"),
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
