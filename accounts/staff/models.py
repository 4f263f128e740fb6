"""Staff members, their posts in schools and their classes, each between two days."""

from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.workbook_imports import WorkbookImport, phases
from core.sorting import Sorted, SortedQuerySet, SortKeyField
from core.validity import NoOverlap, ValidInTime, ends_after_it_begins
from core.vietnamese import fold, normalise
from schools.enums import Sex

from .workbook.refusals import WORDINGS

phone_number = RegexValidator(
    r"^\d{9,11}$", _("Write 9 to 11 digits, for example 0912345678, or leave it empty.")
)
staff_code_form = RegexValidator(
    r"^[0-9A-Z.\-]{4,20}$",
    _("A staff code has 4 to 20 digits and letters, for example 1200456789."),
)


class PostKind(models.TextChoices):
    """Posts of a school as its staff list names them; the highest first."""

    HEAD = "head", _("School head")
    DEPUTY_HEAD = "deputy", _("Deputy school head")
    TEACHER = "teacher", _("Teacher")
    CLERK = "clerk", _("Clerk")
    OTHER = "other", _("Other staff")


class AssignmentKind(models.TextChoices):
    """What a person is to a class; each takes its registers."""

    HOMEROOM = "homeroom", _("Homeroom teacher")
    DEPUTY = "deputy", _("Deputy homeroom teacher")
    SUBJECT = "subject", _("Subject teacher")
    SUBSTITUTE = "substitute", _("Substitute")


# Who answers for the registers of a class: the others teach there too and may take them.
ANSWERING = (AssignmentKind.HOMEROOM, AssignmentKind.DEPUTY, AssignmentKind.SUBSTITUTE)


class StaffMember(Sorted, models.Model):
    """Somebody who works in schools, with an account or without."""

    full_name = models.CharField(_("full name"), max_length=100)
    name_key = SortKeyField(_("sort key"), source="full_name", kind="sort_key")
    search_key = models.CharField(max_length=120, editable=False, default="")
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex, blank=True)
    phone = models.CharField(_("phone"), max_length=11, blank=True, validators=[phone_number])
    email = models.EmailField(_("e-mail"), max_length=100, blank=True)
    # The ministry's; NULL when it is not known, so that it is unique where it is.
    staff_code = models.CharField(
        _("staff code"),
        max_length=20,
        null=True,
        blank=True,
        unique=True,
        validators=[staff_code_form],
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("account"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="staff_member",
    )

    objects: ClassVar = SortedQuerySet.as_manager()

    class Meta:
        verbose_name = _("staff member")
        verbose_name_plural = _("staff members")
        ordering = ["name_key", "pk"]
        indexes = [models.Index(fields=["search_key", "birth_date"], name="staff_search_birth")]

    def __str__(self) -> str:
        return self.full_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.set_keys()
        super().save(*args, **kwargs)

    def clean(self) -> None:
        super().clean()
        self.set_keys()

    def set_keys(self) -> None:
        """Normalise what is typed and derive the search key; bulk writers call it too."""
        self.full_name = normalise(self.full_name)
        self.search_key = fold(self.full_name)
        self.staff_code = (self.staff_code or "").strip().upper() or None


class Post(ValidInTime):
    """A post of a person in a school between two days."""

    person = models.ForeignKey(
        StaffMember,
        verbose_name=_("staff member"),
        on_delete=models.PROTECT,
        related_name="posts",
    )
    school = models.ForeignKey(
        "schools.School", verbose_name=_("school"), on_delete=models.PROTECT, related_name="posts"
    )
    kind = models.CharField(_("post"), max_length=8, choices=PostKind)

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        ordering = ["valid_from", "pk"]
        constraints = [
            NoOverlap(
                name="one_post_of_a_person_in_a_school",
                same=["person", "school", "kind"],
                violation_error_message=_("This person holds this post in the school already."),
            ),
            NoOverlap(
                name="school_has_one_head",
                same=["school"],
                condition=models.Q(kind="head"),
                violation_error_message=_(
                    "The school has another head in this time. End that post first."
                ),
            ),
            ends_after_it_begins("post_ends_after_it_begins"),
        ]
        indexes = [models.Index(fields=["school", "valid_from"], name="post_school_from")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.school}"


class ClassAssignment(ValidInTime):
    """A class that a person teaches between two days, as its homeroom teacher or otherwise.

    It always has an end, some weeks after the school year of the class, so that nobody must
    remember to end it when the year turns.
    """

    person = models.ForeignKey(
        StaffMember,
        verbose_name=_("staff member"),
        on_delete=models.PROTECT,
        related_name="assignments",
    )
    school_class = models.ForeignKey(
        "schools.SchoolClass",
        verbose_name=_("class"),
        on_delete=models.PROTECT,
        related_name="assignments",
    )
    kind = models.CharField(_("kind"), max_length=10, choices=AssignmentKind)
    valid_to = models.DateField(_("valid until (not included)"))
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("assigned by"),
    )

    class Meta:
        verbose_name = _("class assignment")
        verbose_name_plural = _("class assignments")
        ordering = ["valid_from", "pk"]
        constraints = [
            NoOverlap(
                name="a_class_is_assigned_once_to_a_person",
                same=["person", "school_class", "kind"],
                violation_error_message=_("This person has this class already."),
            ),
            NoOverlap(
                name="class_has_one_homeroom_teacher",
                same=["school_class"],
                condition=models.Q(kind="homeroom"),
                violation_error_message=_(
                    "The class has another homeroom teacher in this time. End that one first."
                ),
            ),
            ends_after_it_begins("class_assignment_ends_after_it_begins"),
        ]
        indexes = [
            models.Index(fields=["school_class", "valid_from"], name="assignment_class_from")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.school_class}"


class StaffImport(WorkbookImport):
    """A staff list, of a school or of all that its sender keeps."""

    FOLDER = "staff-imports"
    PHASES = phases(check="accounts.check_staff_import", save="accounts.save_staff_import")
    WORDINGS = WORDINGS

    # None: each row names its school, among those whose staff the sender keeps.
    school = models.ForeignKey(
        "schools.School", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    starts_on = models.DateField(_("in force from"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="staff_imports"
    )

    class Meta(WorkbookImport.Meta):
        verbose_name = _("staff import")
        verbose_name_plural = _("staff imports")
