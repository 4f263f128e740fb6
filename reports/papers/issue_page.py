"""The page on which an office gives papers their numbers and issues them."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from core.form_pages import render_form
from schools.form_refusals import show_refusal

from ..month_review.details import DetailAltered
from .forms import IssueForm
from .issuing import Particulars, issue_papers
from .register import last_number, last_paper, may_issue, standing_papers
from .signing import head_of
from .symbols import symbol_of


def issue_page(request, drafts, *, about, back, crumbs, extension="", issue=None):
    """Ask for number, day and signer, then issue; raises PermissionDenied for another's office.

    Args:
        drafts: one or more, of one office and kind.
        about: what is issued, in words.
        back: where one goes without issuing.
        crumbs: those above the page.
        extension: "pdf" or "docx"; "" lets the person choose.
        issue: called as `issue_papers` without the drafts, when more belongs to it.
    """
    office = drafts[0].office
    if not may_issue(request.scope, office):
        raise PermissionDenied
    replaced = standing_papers(drafts)
    try:
        form = _form(request, drafts, replaced, asks_format=not extension)
    except DetailAltered as error:
        messages.error(request, " ".join(error.messages))
        return redirect(back)
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        chosen = said.pop("extension", extension)
        try:
            made = (issue or partial(issue_papers, drafts=drafts))(
                extension=chosen, said=Particulars(**said), by=request.user
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            return _tell(request, made)
    return render_form(
        request,
        "reports/paper_issue.html",
        {
            "form": form,
            "about": about,
            "back": back,
            "office": office,
            "count": len(drafts),
            "replaced": replaced,
            "crumbs": [*crumbs, {"label": _("Issue")}],
        },
    )


def _form(request, drafts, replaced, *, asks_format):
    office, kind, today = drafts[0].office, drafts[0].kind, timezone.localdate()
    last = last_paper(office)
    recipients = None
    if len(drafts) == 1:
        with override("vi"):
            recipients = list(drafts[0].make().recipients)
    initial = {
        "symbol": symbol_of(office, kind, on=today),
        "signing": last.signing if last else "",
        "position": last.position if last else head_of(office),
        "signer": last.signer if last else "",
    }
    if drafts[0].signer:
        own = {"signing": "", "position": drafts[0].position, "signer": drafts[0].signer}
        initial |= own
    return IssueForm(
        request.POST or None,
        initial=initial,
        next_number=last_number(office, kind, today.year) + 1,
        recipients=recipients,
        replaced=replaced,
        asks_format=asks_format,
    )


def _tell(request, made):
    messages.success(
        request,
        ngettext("%(number)s is issued.", "%(count)s papers are issued.", len(made))
        % {"number": made[0], "count": len(made)},
    )
    if len(made) == 1:
        return redirect("reports:paper", made[0].pk)
    return redirect("reports:papers")
