"""The Word templates of papers: which are in use, fetched, changed, taken back."""

import datetime

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.documents.downloads import DOCX, download
from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires
from core.services.pending_uploads import take, waiting
from schools.form_refusals import show_refusal

from .fields import FIELDS, is_said
from .forms import ConfirmTemplateForm, EndTemplateForm, TemplateForm
from .selectors import (
    example_of,
    highest_area,
    papers_with_templates,
    template_kept,
    template_on,
    templates_of,
)
from .services import (
    ONE_DAY,
    bring_template,
    end_template,
    keep_template,
    purpose_of,
    tried,
)


@requires(P.MANAGE_TEMPLATES)
@require_safe
def templates(request):
    """Each paper with the layout it has today and the ones to come."""
    papers = papers_with_templates()
    rows = templates_of([each.paper for each in papers])
    today = request.scope.date
    return render(
        request,
        "reports/paper_templates.html",
        {
            "crumbs": _crumbs(),
            "rows": [
                {
                    "paper": each,
                    "now": _first(row for row in rows if _is(row, each) and row.is_valid_on(today)),
                    "next": _first(
                        row for row in rows if _is(row, each) and row.valid_from > today
                    ),
                }
                for each in papers
            ],
        },
    )


@requires(P.MANAGE_TEMPLATES)
def template(request, paper):
    """The layouts of one paper, and the form that brings another one."""
    found = _paper(paper)
    form = TemplateForm(
        request.POST or None,
        request.FILES or None,
        initial={"valid_from": request.scope.date + ONE_DAY},
    )
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            upload = bring_template(
                paper=found,
                file_name=file.name,
                content=file.read(),
                example=_example(request, found),
                valid_from=form.cleaned_data["valid_from"],
                by=request.user,
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            return redirect("reports:paper_template_trial", paper, upload.pk)
    today = request.scope.date
    return render_form(
        request,
        "reports/paper_template.html",
        {
            "crumbs": _crumbs(found),
            "paper": found,
            "form": form,
            "fields": FIELDS,
            "rows": [
                {
                    "template": row,
                    "is_next": row.valid_from > today,
                    "is_now": row.is_valid_on(today),
                }
                for row in templates_of([paper])
            ],
        },
    )


@requires(P.MANAGE_TEMPLATES)
def template_trial(request, paper, upload_id):
    """What a template that was tried says and does not say; only here it is kept."""
    found = _paper(paper)
    upload = _upload(request, found, upload_id)
    # There is nothing to fill in.
    form = ConfirmTemplateForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            keep_template(paper=found, upload=upload, by=request.user)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The template is kept."))
            return redirect("reports:paper_template", paper)
    used = set(upload.params["used"])
    return render_form(
        request,
        "reports/paper_template_trial.html",
        {
            "crumbs": _crumbs(found),
            "paper": found,
            "upload": upload,
            "valid_from": datetime.date.fromisoformat(upload.params["valid_from"]),
            "form": form,
            "used": [field for field in FIELDS if is_said(field[0], used)],
            "unused": [field for field in FIELDS if not is_said(field[0], used)],
        },
    )


@requires(P.MANAGE_TEMPLATES)
@require_safe
def template_trial_file(request, paper, upload_id):
    """The example in a template that was tried and is not kept."""
    found = _paper(paper)
    upload = _upload(request, found, upload_id)
    content = tried(bytes(upload.content), _example(request, found)).file
    return download(content, name=f"vi-du-{found.file_stem}.docx", content_type=DOCX)


@requires(P.MANAGE_TEMPLATES)
def template_discard(request, paper, upload_id):
    """A template that was tried is not kept."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    take(_upload(request, _paper(paper), upload_id))
    messages.success(request, _("The file was discarded. Nothing has changed."))
    return redirect("reports:paper_template", paper)


@requires(P.MANAGE_TEMPLATES)
@require_safe
def template_file(request, paper):
    """The layout in use as a Word file, to be changed; `?built_in` for the built-in one."""
    found = _paper(paper)
    used = None if "built_in" in request.GET else template_on(paper, request.scope.date)
    if used is not None:
        content = bytes(used.content)
    else:
        # The library of Word files is read when the first one is made.
        from core.documents.word import template_of

        content = template_of(_example(request, found))
    return download(content, name=f"mau-{found.file_stem}.docx", content_type=DOCX)


@requires(P.MANAGE_TEMPLATES)
@require_safe
def template_example(request, template_id):
    """An example in a layout that is kept, with figures of last month."""
    kept = _kept(template_id)
    found = _paper(kept.paper)
    content = tried(bytes(kept.content), _example(request, found)).file
    return download(content, name=f"vi-du-{found.file_stem}.docx", content_type=DOCX)


@requires(P.MANAGE_TEMPLATES)
def template_end(request, template_id):
    """Back to the built-in layout from a day on; one to come is taken back."""
    kept = _kept(template_id)
    found = _paper(kept.paper)
    is_next = kept.valid_from > request.scope.date
    form = EndTemplateForm(request.POST or None, initial={"on": request.scope.date + ONE_DAY})
    # One that has not begun has no day to be asked for.
    if request.method == "POST" and (is_next or form.is_valid()):
        on = kept.valid_from if is_next else form.cleaned_data["on"]
        try:
            end_template(template=kept, on=on, by=request.user)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The layout before is used again from that day on."))
            return redirect("reports:paper_template", kept.paper)
    return render_form(
        request,
        "reports/paper_template_end.html",
        {
            "crumbs": [*_crumbs(found, is_last=False), {"label": _("Back to the built-in layout")}],
            "paper": found,
            "template": kept,
            "is_next": is_next,
            "form": form,
        },
    )


def _paper(code):
    found = _first(each for each in papers_with_templates() if each.paper == code)
    if found is None:
        raise Http404
    return found


def _upload(request, paper, upload_id):
    """A file that the reader has waiting; gone once it was kept, discarded or too late."""
    found = waiting(upload_id, purpose=purpose_of(paper.paper), by=request.user)
    if found is None:
        raise Http404
    return found


def _kept(template_id):
    found = template_kept(template_id)
    if found is None:
        raise Http404
    return found


def _example(request, paper):
    area = highest_area(request.scope.areas_granted(P.MANAGE_TEMPLATES))
    if area is None:
        raise Http404
    return example_of(paper, area, today=request.scope.date)


def _is(row, paper):
    return row.paper == paper.paper


def _first(rows):
    return next(iter(rows), None)


def _crumbs(paper=None, *, is_last=True):
    crumbs = [{"label": _("Issued papers"), "url": reverse("reports:papers")}]
    if paper is None:
        return [*crumbs, {"label": _("Word templates")}]
    crumbs.append({"label": _("Word templates"), "url": reverse("reports:paper_templates")})
    if is_last:
        return [*crumbs, {"label": paper.name}]
    url = reverse("reports:paper_template", args=[paper.paper])
    return [*crumbs, {"label": paper.name, "url": url}]
