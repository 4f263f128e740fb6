"""The names that a Word template may use, with what stands for each; shown beside the form."""

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

FIELDS = (
    ("paper.above", _("office above")),
    ("paper.issuer", _("office that writes")),
    ("paper.number", _("number; empty while it is a draft")),
    ("paper.symbol", _("symbol after the number")),
    ("paper.place", _("place")),
    ("paper.day", _("day; empty while it is a draft")),
    ("paper.month_year", _("month and year")),
    ("paper.kind", _("kind of paper")),
    ("paper.subject", _("subject of the paper")),
    ("paper.to", _("whom it is for (a list)")),
    ("paper.authority", _("who decides; only of a decision")),
    ("paper.grounds", _("what a decision rests on (a list)")),
    ("paper.sections", _("parts: each has a heading and paragraphs (a list)")),
    ("paper.recipients", _("recipients (a list)")),
    ("paper.signs", _("lines above the signature (a list)")),
    (
        "paper.other_side",
        _("lines above the other side's signature; only of minutes (a list)"),
    ),
    ("paper.signer", _("who signs")),
    ("paper.check", _("how it can be checked")),
    ("paper.appendix.title", _("title of the appendix")),
    ("paper.appendix.columns", _("columns of the appendix: each has a heading (a list)")),
    ("paper.appendix.rows", _("rows of the appendix: row[0], row[1], … (a list)")),
    ("paper.appendix.total", _("the row of totals (a list)")),
    ("paper.appendix.note", _("note under the appendix")),
)


def is_said(name: str, used: Collection[str]) -> bool:
    """Whether a template says a name of `FIELDS`: itself, or something of it."""
    return any(each == name or each.startswith(f"{name}.") for each in used)
