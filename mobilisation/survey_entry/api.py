"""Persons of the survey as a device sends them: written down where there was no signal (ADR 90)."""

from typing import Any, TypeAlias

from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from core import problems
from core.access import reach
from core.api import ApiRequest, Endpoint, Problem, ProblemSerializer, answers, refusal
from core.api_operations import operation_of
from core.permissions import KeyScope
from core.permissions import Permission as P
from core.services.operations import Done
from core.types import User
from schools.access_trail import names_shown
from schools.areas.selectors.tree import area_version
from schools.enums import NamesKind
from schools.models import Area

from ..enums import Residence
from ..models import Household, SurveyEntry
from ..surveys.selectors.rounds import commune_in
from ..surveys.services.rounds import hold
from . import selectors, services
from .forms import CorrectPersonForm, NewHouseholdForm, PersonForm

# Where an operation led: the person it wrote, and what it left on record (`seen_of`).
LED_TO = "survey-person:"

problems.declare("changed", 409, gettext_lazy("Somebody else corrected it meanwhile"))
problems.declare("known", 422, gettext_lazy("Somebody of this name and birth is on record"))

# Id of a person, and what tells whether the entry is still as it was written.
_Written: TypeAlias = tuple[int, str]

PERSON = OpenApiExample(
    "invented",
    request_only=True,
    value={
        "op_id": "6a2f41a3-c54c-4a3e-8d11-2f6b8d1f3c05",
        "village": "Bản Mẫu",
        "form_number": "12",
        "head_name": "Người Mẫu",
        "told": {"full_name": "Em Mẫu", "sex": "f", "day": "1", "month": "9", "year": "2018"},
    },
)


class PersonEntrySerializer(serializers.Serializer[Any]):
    """A person as a form is filled in; what is not told is left out or empty."""

    op_id = serializers.UUIDField(help_text="made once for this content; safe to send again")
    sender = serializers.CharField(
        required=False,
        max_length=150,
        help_text="user name it was written under; another caller is refused",
    )
    village = serializers.CharField(max_length=100)
    form_number = serializers.CharField(
        max_length=20, help_text="of the household; a new number is a new household"
    )
    head_name = serializers.CharField(
        max_length=100, required=False, allow_blank=True, default="", help_text="of a new household"
    )
    person = serializers.IntegerField(
        required=False, allow_null=True, default=None, help_text="who is corrected; none: a new one"
    )
    seen = serializers.CharField(
        max_length=16,
        required=False,
        allow_blank=True,
        default="",
        help_text="of who is corrected, as the list of the village had it",
    )
    told = serializers.DictField(
        child=serializers.CharField(allow_blank=True, max_length=200),
        help_text="fields of the page of a person",
    )


class EnteredSerializer(serializers.Serializer[Any]):
    """That a person was written, without the name: what a device waits for."""

    op_id = serializers.UUIDField()
    person = serializers.IntegerField()
    seen = serializers.CharField(help_text="of a next correction")


class ChangedSerializer(ProblemSerializer):
    """Why a correction was not written, and by what a next one is made."""

    seen = serializers.CharField(required=False)


POST_ANSWERS = {
    **answers(400, 404, 413, 415, http_201=EnteredSerializer),
    200: OpenApiResponse(EnteredSerializer, "The same operation was sent before."),
    **refusal(
        409,
        "`operation_reused`: the id stands for something else. `changed`: somebody else "
        "corrected it; `seen` is what it is now.",
        ChangedSerializer,
    ),
    **refusal(422, "`refused`, `known`: why it cannot be so."),
}


class PersonsOfSurvey(Endpoint):
    """A person of the latest round of a commune, entered or corrected once however often sent."""

    needs = (P.MANAGE_SURVEY,)
    key_scopes = {"POST": frozenset({KeyScope.REGISTERS})}
    throttle_scope = "registers"

    @extend_schema(
        operation_id="survey_person",
        summary="Enter or correct a person of the survey",
        examples=[PERSON],
        request=PersonEntrySerializer,
        responses=POST_ANSWERS,
    )
    def post(self, request: ApiRequest, area_id: int) -> Response:
        commune = reach(request.scope, P.MANAGE_SURVEY, lambda places: commune_in(places, area_id))
        sent = PersonEntrySerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        told = dict(sent.validated_data)
        operation = operation_of(request, told)

        def write() -> Done[_Written]:
            entry = _write(commune, told, operation.by)
            written = (entry.person_id, selectors.seen_of(entry))
            return written, f"{LED_TO}{written[0]}:{written[1]}", []

        try:
            outcome = operation.once(write)
        except ValidationError as error:
            if isinstance(error, services.NumberOfAnother):
                names_shown(request, NamesKind.SURVEY)  # type: ignore[arg-type]  # DRF's
            raise _problem(error) from error
        written = outcome.answer
        if written is None:
            assert outcome.operation is not None  # by `Outcome`
            written = _noted(outcome.operation.leads_to)
        answer = {"op_id": operation.id, "person": written[0], "seen": written[1]}
        code = status.HTTP_201_CREATED if outcome.is_new else status.HTTP_200_OK
        return Response(EnteredSerializer(answer).data, status=code)


class PersonsByCode(PersonsOfSurvey):
    """The same, of a commune by its official code of today."""

    @extend_schema(
        operation_id="survey_person_by_code",
        summary="The same, of a commune by its code",
        examples=[PERSON],
        request=PersonEntrySerializer,
        responses=POST_ANSWERS,
    )
    def post(self, request: ApiRequest, area_code: str) -> Response:  # type: ignore[override]  # another address
        area = area_version(area_code, on=request.scope.date)
        if area is None:
            raise Http404
        return super().post(request, area.pk)


def _noted(led_to: str) -> _Written:
    """What an operation of before answered, whatever became of the person since.

    A device that lost the answer learns what it wrote, and of another's correction with its next.
    """
    person, _colon, seen = led_to.removeprefix(LED_TO).partition(":")
    return int(person), seen


def _write(commune: Area, sent: dict[str, Any], by: User) -> SurveyEntry:
    hold(commune.pk)  # of two devices with a new household, the second finds it
    survey_round = selectors.latest_round(commune)
    if survey_round is None:
        raise Http404
    home = _home(commune, sent, survey_round.year, by)
    if sent["person"] is None:
        new = PersonForm(sent["told"], year=survey_round.year)
        _require_valid(new)
        return services.add_person(
            household=home, line=new.line, is_another=new.cleaned_data["is_another"], by=by
        )
    entry = SurveyEntry.everyone.select_related("person", "household", "survey_round__commune")
    entry = entry.filter(survey_round=survey_round, person__anonymised_at=None)
    found = entry.filter(person=sent["person"]).first()
    if found is None:
        raise Http404
    form = CorrectPersonForm(
        sent["told"] | {"household": home.pk, "seen": sent["seen"]},
        year=survey_round.year,
        homes=[home],
    )
    _require_valid(form)
    return services.change_person(
        entry=found, household=home, line=form.line, seen=sent["seen"], by=by
    )


def _home(commune: Area, sent: dict[str, Any], year: int, by: User) -> Household:
    """The household of a form number; one of a new number is entered, as the import does."""
    names = ("village", "form_number", "head_name")
    told = {name: sent[name] for name in names} | {"residence": Residence.PERMANENT}
    form = NewHouseholdForm(told, year=year)
    _require_valid(form)
    village = form.line.values["village"]
    found = selectors.household_of(commune, village, form.values["form_number"])
    return found or services.add_household(
        commune=commune, village=village, values=form.values, by=by
    )


def _require_valid(form: PersonForm | NewHouseholdForm) -> None:
    if form.is_valid():
        return
    said = []
    for name, errors in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        said += [f"{label}: {error}" if label else str(error) for error in errors]
    raise ValidationError(said, code="refused")


def _problem(error: ValidationError) -> Problem:
    message = " ".join(error.messages)
    if isinstance(error, services.ChangedMeanwhile):
        return Problem("changed", message, status.HTTP_409_CONFLICT, seen=error.seen)
    code = "known" if isinstance(error, services.PossiblyKnown) else "refused"
    return Problem(code, message, status.HTTP_422_UNPROCESSABLE_ENTITY)
