"""Papers that an office issued: numbered, kept as they were, replaced but never changed."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.permissions import Permission as P
from core.scope import Scope
from core.validity import NoOverlap, ValidInTime, ends_after_it_begins
from core.workflow import Subject, Transition, Workflow

from ..papers import events

LONGEST_SYMBOL = 40
LONGEST_RECIPIENTS = 1_500
# "BC-SGDĐT", "TB-UBND", "BC-THCSMK": capitals, digits, and what joins them.
_CAPITALS = r"[A-ZĐÂÊÔƠƯĂÀ-Ỹ0-9&.]+"
check_part = RegexValidator(
    rf"^{_CAPITALS}\Z", _("Write the abbreviation in capital letters, for example UBND.")
)
check_symbol = RegexValidator(
    rf"^{_CAPITALS}(-{_CAPITALS}){{1,3}}\Z",
    _("Write the symbol in capital letters, for example BC-UBND."),
)


class PaperSymbol(ValidInTime):
    """How a kind of paper or an office is abbreviated in numbers, during a time.

    `key` is "kind:report", "office:committee" or, of one office, "area:CODE" and "school:CODE".
    """

    key = models.CharField(_("of what"), max_length=60)
    symbol = models.CharField(_("abbreviation"), max_length=20, validators=[check_part])
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("abbreviation in papers' numbers")
        verbose_name_plural = _("abbreviations in papers' numbers")
        constraints = [
            NoOverlap(name="paper_symbol_does_not_overlap", same=["key"]),
            ends_after_it_begins("paper_symbol_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.key} = {self.symbol}"


class PaperTemplate(ValidInTime):
    """The Word layout of a paper as the province changed it, during a time; it was tried before.

    Where no row is valid the built-in layout is used. `columns` are those of the appendix of the
    paper it was tried with, 0 for none: a paper with other columns keeps the built-in layout.
    """

    paper = models.CharField(_("paper"), max_length=40)
    file_name = models.CharField(_("file"), max_length=100)
    content = models.BinaryField(_("template"))
    file_hash = models.CharField(_("fingerprint (SHA-256)"), max_length=64)
    columns = models.PositiveSmallIntegerField(_("columns of the appendix"))
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    uploaded_at = models.DateTimeField(_("uploaded at"))

    class Meta:
        verbose_name = _("Word template of a paper")
        verbose_name_plural = _("Word templates of papers")
        ordering = ["paper", "-valid_from"]
        constraints = [
            NoOverlap(name="paper_template_does_not_overlap", same=["paper"]),
            ends_after_it_begins("paper_template_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.paper}, {self.valid_from:%d/%m/%Y}"


class IssuedPaper(models.Model):
    """A paper that an office issued under a number of its year; never changed afterwards.

    Its file is an `IssuedFile`. A paper that was wrong is replaced by a new one, which names it.
    """

    class State(models.TextChoices):
        ISSUED = "issued", _("In force")
        REPLACED = "replaced", _("Replaced")

    class Kind(models.TextChoices):
        REPORT = "report", pgettext_lazy("kind of paper", "Report")
        NOTICE = "notice", pgettext_lazy("kind of paper", "Notice")
        PLAN = "plan", pgettext_lazy("kind of paper", "Plan")
        DECISION = "decision", pgettext_lazy("kind of paper", "Decision")
        MINUTES = "minutes", pgettext_lazy("kind of paper", "Minutes")

    class Signing(models.TextChoices):
        """In whose place somebody signs (Decree 30/2020/NĐ-CP, appendix I, part II, 7)."""

        HEAD = "", _("Signs as the head")
        ACTING = "Q.", _("Q. — acting head")
        FOR_HEAD = "KT.", _("KT. — a deputy for the head")
        BY_ORDER = "TL.", _("TL. — by order of the head")
        BY_AUTHORITY = "TUQ.", _("TUQ. — authorised by the head")

    office_area = models.ForeignKey(
        "schools.Area",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("office of the area"),
    )
    office_school = models.ForeignKey(
        "schools.School",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("office of the school"),
    )
    office_name = models.CharField(_("office"), max_length=250)
    kind = models.CharField(_("kind of paper"), max_length=10, choices=Kind)
    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveIntegerField(_("number"), validators=[MinValueValidator(1)])
    symbol = models.CharField(_("symbol"), max_length=LONGEST_SYMBOL, validators=[check_symbol])
    issued_on = models.DateField(_("day of the paper"))
    # What it is about: the code of its reports without the format, and the place and month.
    report = models.CharField(_("report"), max_length=40)
    area = models.ForeignKey(
        "schools.Area",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("area"),
    )
    school = models.ForeignKey(
        "schools.School",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("school"),
    )
    month = models.DateField(_("month"))
    subject = models.CharField(_("what it is about"), max_length=400)
    signing = models.CharField(
        _("form of signing"), max_length=4, choices=Signing, blank=True, default=""
    )
    position = models.CharField(_("post of who signs"), max_length=150)
    signer = models.CharField(_("who signs"), max_length=100)
    recipients = models.TextField(_("recipients"), max_length=LONGEST_RECIPIENTS)
    # What it is found by: number, subject, office, signer and recipients, folded.
    search_text = models.CharField(_("found by"), max_length=3_000, editable=False)
    replaces = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="replaced_by",
        verbose_name=_("replaces"),
    )
    reason = models.CharField(_("why it replaces"), max_length=300, blank=True, default="")
    # The publication whose frozen figures it says; None: counted when it was issued.
    publication = models.ForeignKey(
        "reports.Publication",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="papers",
        verbose_name=_("publication"),
    )
    code = models.CharField(_("verification code"), max_length=14, unique=True)
    extension = models.CharField(_("kind of file"), max_length=5)
    file_hash = models.CharField(_("fingerprint (SHA-256)"), max_length=64)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("issued by"),
    )
    issued_at = models.DateTimeField(_("issued at"))

    append_only = True

    class Meta:
        verbose_name = _("issued paper")
        verbose_name_plural = _("issued papers")
        ordering = ["-issued_on", "-year", "kind", "-number", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["office_area", "year", "kind", "number"],
                name="number_of_an_office_is_given_once",
                violation_error_message=_("This number of the year is given already."),
            ),
            models.UniqueConstraint(
                fields=["office_school", "year", "kind", "number"],
                name="number_of_a_school_is_given_once",
                violation_error_message=_("This number of the year is given already."),
            ),
            models.CheckConstraint(
                condition=models.Q(office_area__isnull=False, office_school=None)
                | models.Q(office_area=None, office_school__isnull=False),
                name="issued_paper_is_of_one_office",
            ),
            models.CheckConstraint(
                condition=models.Q(area__isnull=False, school=None)
                | models.Q(area=None, school__isnull=False),
                name="issued_paper_is_about_one_place",
            ),
            models.CheckConstraint(
                condition=models.Q(number__gte=1), name="issued_paper_has_a_number"
            ),
            models.CheckConstraint(
                condition=models.Q(replaces=None) | ~models.Q(reason=""),
                name="replacing_paper_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.full_number}"

    @property
    def full_number(self) -> str:
        """As it stands on the paper: "05/BC-UBND"."""
        return f"{self.number:02d}/{self.symbol}"

    @property
    def state(self) -> str:
        """Worked out: replaced as soon as another names it."""
        return self.State.REPLACED if self.replacement is not None else self.State.ISSUED

    def get_state_display(self) -> str:
        """The state in words."""
        return str(self.State(self.state).label)

    @property
    def replacement(self) -> IssuedPaper | None:
        """The paper that replaced this one."""
        return getattr(self, "replaced_by", None)


class IssuedFile(models.Model):
    """The bytes of an issued paper, kept in the database so that every backup holds them."""

    paper = models.OneToOneField(
        IssuedPaper,
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="file",
        verbose_name=_("issued paper"),
    )
    content = models.BinaryField(_("file"))

    append_only = True

    class Meta:
        verbose_name = _("file of an issued paper")
        verbose_name_plural = _("files of issued papers")

    def __str__(self) -> str:
        return str(self.paper_id)


REPLACE = Transition[IssuedPaper](
    "replace",
    sources={IssuedPaper.State.ISSUED},
    to=IssuedPaper.State.REPLACED,
    permission=P.ISSUE_PAPERS,
    event=events.PAPER_REPLACED,
    refusal=_("This paper is replaced already; replace the one that is in force."),
)


def is_of_office(
    scope: Scope, permission: P, *, area_id: int | None, school_id: int | None
) -> bool:
    """Whether somebody has a right in the office of an area or a school itself.

    Who stands above an office issues nothing in its name.
    """
    if school_id is not None:
        return school_id in scope.places(permission).schools
    return area_id in scope.areas_granted(permission)


def _holds(paper: IssuedPaper, scope: Scope, permission: P) -> bool:
    return is_of_office(
        scope, permission, area_id=paper.office_area_id, school_id=paper.office_school_id
    )


ISSUED_PAPERS = Workflow(
    IssuedPaper,
    [REPLACE],
    holds=_holds,
    subject=lambda paper: Subject(
        name=str(paper), area=paper.office_area_id, school=paper.office_school_id
    ),
    related=["office_area", "office_school"],
)
