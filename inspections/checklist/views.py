"""The questions of the checklist: asked now, to come, changed from a day on."""

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.permissions import Permission as P
from core.permissions import requires
from schools.asking import ask

from ..views.crumbs import committee_crumbs
from .forms import EndQuestionForm, QuestionForm
from .questions import (
    ONE_DAY,
    add_question,
    change_question,
    end_question,
    question_on,
    questions_to_show,
)


@requires(P.MANAGE_CRITERIA)
def questions(request):
    """The questions every visit is asked, and those decided for a day to come."""
    today = request.scope.date
    rows = questions_to_show(today)
    newest = {each.code: each.pk for each in rows}
    return render(
        request,
        "inspections/questions.html",
        {
            "crumbs": committee_crumbs(None, _("Checklist of visits")),
            "rows": [
                {"question": each, "may_change": newest[each.code] == each.pk and not each.valid_to}
                for each in rows
            ],
            "count": sum(each.valid_from <= today for each in rows),
            "today": today,
        },
    )


@requires(P.MANAGE_CRITERIA)
def question_add(request):
    """One more question from a day on."""
    form = QuestionForm(
        request.POST or None,
        sections=_sections(request),
        initial={"valid_from": request.scope.date + ONE_DAY},
    )
    return _ask(
        request,
        form,
        add_question,
        {},
        done=_("The question is asked from that day on."),
        title=_("A new question"),
        action=_("Add the question"),
    )


@requires(P.MANAGE_CRITERIA)
def question_change(request, code):
    """Other words for a question, or another section, from a day on."""
    found = _question(request, code)
    form = QuestionForm(
        request.POST or None,
        sections=_sections(request),
        initial={
            "text": found.text,
            "section": found.section,
            "valid_from": request.scope.date + ONE_DAY,
        },
    )
    return _ask(
        request,
        form,
        change_question,
        {"question": found},
        done=_("The question is changed from that day on."),
        title=_("Change a question"),
        action=_("Save"),
    )


@requires(P.MANAGE_CRITERIA)
def question_end(request, code):
    """A question no longer asked from a day on."""
    found = _question(request, code)
    form = EndQuestionForm(request.POST or None, initial={"on": request.scope.date + ONE_DAY})
    return _ask(
        request,
        form,
        end_question,
        {"question": found},
        done=_("The question is no longer asked from that day on."),
        title=_("Ask this no longer"),
        about=found.text,
        action=_("Ask it no longer"),
    )


def _question(request, code):
    found = question_on(code, request.scope.date)
    if found is None:
        raise Http404
    return found


def _sections(request):
    rows = questions_to_show(request.scope.date)
    return list(dict.fromkeys(each.section for each in rows if not each.valid_to))


def _ask(request, form, service, given, **page):
    """Ask, and go back to the list."""
    back = reverse("inspections:questions")
    crumbs = [*committee_crumbs(None, ""), {"label": _("Checklist of visits"), "url": back}]
    return ask(request, form, service, given, back=back, crumbs=crumbs, **page)
