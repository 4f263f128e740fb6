"""Users and the roles they hold.

A `RoleGrant` says: this person holds this role for this place from this day to that one.
What the role allows is in `accounts.roles`; what lies below the place is in
`schools.selectors.areas`. A class teacher's dated grant is also the record of who was the
homeroom teacher when.
"""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.text import check_text
from schools.temporal import ValidInTime, ends_after_it_begins
from schools.vietnamese import normalise

from . import roles
from .passwords import one_form


class User(AbstractUser):
    """A person who signs in. Names are Vietnamese: one field, never first and last."""

    first_name = None
    last_name = None
    full_name = models.CharField(_("full name"), max_length=100, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    must_change_password = models.BooleanField(_("must change the password"), default=False)
    wants_reminders = models.BooleanField(
        _("wants reminders by e-mail"),
        default=True,
        help_text=_("One letter a day at most, and only when a register is missing."),
    )

    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["username"]

    def __str__(self):
        return self.full_name or self.username

    def clean(self):
        super().clean()
        self.full_name = normalise(self.full_name)

    @classmethod
    def normalize_username(cls, username):
        """Unicode's NFKC, as Django has it; raises TextRefused for what would take too long."""
        check_text(username)
        return super().normalize_username(username)

    def set_password(self, raw_password):
        super().set_password(one_form(raw_password))

    def check_password(self, raw_password):
        return super().check_password(one_form(raw_password))

    def get_full_name(self):
        return str(self)

    def get_short_name(self):
        return str(self)


class RoleGrant(ValidInTime):
    """A role held for a place between two days."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(_("role"), max_length=20, choices=roles.choices)
    area = models.ForeignKey(
        "schools.Area", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    school = models.ForeignKey(
        "schools.School", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    school_class = models.ForeignKey(
        "schools.SchoolClass", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="grants_given",
    )
    granted_at = models.DateTimeField(auto_now_add=True)

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

    def __str__(self):
        place = self.area or self.school or self.school_class or ""
        return f"{self.get_role_display()} · {place}"

    def clean(self):
        super().clean()
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

    class Meta:
        verbose_name = _("access key")
        verbose_name_plural = _("access keys")
        ordering = ["-made_at", "-pk"]

    def __str__(self):
        return f"{self.start}… {self.name}"

    @property
    def is_valid(self):
        """Whether it opens anything now."""
        return self.revoked_at is None and self.expires_at > timezone.now()


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

    def __str__(self):
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

    def __str__(self):
        return f"{self.device} {self.address}"


PLACE_NAMES = {
    roles.AREA: _("an area"),
    roles.SCHOOL: _("a school"),
    roles.CLASS: _("a class"),
    roles.INSTALLATION: _("the whole installation"),
}
