"""Why a Word template is refused, in words: what, where, and how it is mended."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.documents.word_templates import TemplateRefused
from core.types import StrOrPromise

LONGEST_NAME = 40  # characters of a name that is quoted

_SENTENCES: dict[str, StrOrPromise] = {
    "too_large": gettext_lazy(
        "The file is larger than %(what)s MB. Make its pictures smaller and save it again."
    ),
    "not_word": gettext_lazy(
        "This is no Word file (.docx). In Word choose Save as, then Word document (.docx)."
    ),
    "damaged": gettext_lazy(
        "The file is damaged or protected. Open it in Word, save it as a new .docx, upload that."
    ),
    "bomb": gettext_lazy(
        "The file unpacks to more than a template may hold. Copy its text into a new document."
    ),
    "macros": gettext_lazy(
        "The file carries macros or programs. Save it as a Word document without macros (.docx)."
    ),
    "embedded": gettext_lazy(
        "Another file lies inside this one: %(what)s. Delete that object in Word."
    ),
    "external": gettext_lazy(
        "The file links to something outside: %(what)s. Right-click the link or picture in Word"
        " and remove the link; insert pictures into the file."
    ),
    "entities": gettext_lazy(
        "The file is not written as Word writes it. Copy its text into a new document."
    ),
    "fields": gettext_lazy(
        "The field %(what)s fetches something from outside. Delete it; page numbers may stay."
    ),
    "syntax": gettext_lazy(
        "The signs of a place are not complete (%(what)s). Each place is written {{ … }}, each"
        " condition {%% if … %%} … {%% endif %%}, each loop {%% for … %%} … {%% endfor %%}."
    ),
    "unknown_name": gettext_lazy(
        "No paper has “%(what)s”. Use the names listed on this page, as they are written there."
    ),
    "filter": gettext_lazy(
        "“%(what)s” cannot be used here. Allowed are upper, lower, capitalize, join and length."
    ),
    "forbidden": gettext_lazy(
        "“%(what)s” is not allowed in a template. Only places, conditions and loops are."
    ),
    "loops": gettext_lazy(
        "Too many loops, or loops too deep (at most %(what)s). Take one of them away."
    ),
    "loop_over": gettext_lazy(
        "A loop may only go over a list of the paper (for example paper.sections), and a loop"
        " inside it only over a part of that."
    ),
    "undefined": gettext_lazy(
        "Something is asked for that the paper does not have (%(what)s). Compare with the"
        " template in use: the appendix may have fewer columns."
    ),
    "too_much": gettext_lazy(
        "Filling the template takes too long or makes too large a file. Take away what is repeated"
        " inside its loops."
    ),
}


def words_of(refused: TemplateRefused) -> str:
    """What is told to the person who brought the template."""
    said = str(_SENTENCES[refused.code]) % {"what": refused.what}
    if refused.where:
        said = _("%(said)s It stands in: “%(where)s”.") % {"said": said, "where": refused.where}
    if others := sorted(set(refused.unknown) - {refused.what}):
        names = ", ".join(f"“{name[:LONGEST_NAME]}”" for name in others)
        said += " " + _("Nor has it: %(names)s.") % {"names": names}
    return said
