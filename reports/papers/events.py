"""What is decided about papers; each leaves an event (`core.events`)."""

from django.utils.translation import gettext_lazy as _

from core.events import declare

PAPER_ISSUED = declare("paper.issued", _("Paper issued"))
PAPER_REPLACED = declare("paper.replaced", _("Issued paper replaced"))
PAPER_FETCHED = declare("paper.fetched", _("Issued paper fetched"))
SYMBOL_SET = declare("paper_symbol.set", _("Abbreviation in papers' numbers dated"))
SYMBOL_REMOVED = declare(
    "paper_symbol.removed", _("Abbreviation in papers' numbers taken back before its day")
)
TEMPLATE_ADDED = declare("paper_template.added", _("Word template of a paper changed"))
TEMPLATE_ENDED = declare("paper_template.ended", _("Word template of a paper ended"))
TEMPLATE_REMOVED = declare("paper_template.removed", _("Word template to come taken back"))
