"""One register: read and sent, by ids or by official names."""

import datetime
from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from core.access import reach
from core.api import Endpoint, Problem, answers, refusal
from core.api_operations import refuse_another
from core.permissions import KeyScope
from core.permissions import Permission as P
from schools.directory.selectors.classes import class_id_of, class_in, lies_in
from schools.enums import Session
from schools.models import SchoolClass

from ...calendar.selectors.due_sessions import is_due
from ..refusals import RegisterRefused, SessionNotDue
from ..selectors.registers import register_of
from ..services.sending import send_register
from .answers import (
    ConflictSerializer,
    RegisterSerializer,
    UnprocessableSerializer,
    accepted,
    problem_of,
    shown,
)
from .submissions import REGISTER, SubmissionSerializer, pupils_named, put_pupils, submission_of

PUT_ANSWERS = {
    **answers(400, 404, 413, 415, http_200=RegisterSerializer, http_201=RegisterSerializer),
    **refusal(409, "Stale, or the id was used before.", ConflictSerializer),
    **refusal(422, "Well-formed, but not to be taken.", UnprocessableSerializer),
}


class OneRegister(Endpoint):
    """The register of a class, a day and a session."""

    needs = (P.VIEW_REGISTER,)
    key_scopes = {
        "GET": frozenset({KeyScope.ROLLS}),
        "PUT": frozenset({KeyScope.REGISTERS}),
    }
    throttle_scope = "registers"

    @extend_schema(
        operation_id="register_get",
        summary="Read a register",
        responses=answers(404, http_200=RegisterSerializer),
    )
    def get(self, request: Any, class_id: int, date: datetime.date, session: Session) -> Response:
        school_class = self._class(request, class_id, date, session)
        found = register_of(school_class, date, session)
        if found is None:
            raise Http404
        return Response(shown(*found, counts=is_due(school_class, date, session)))

    @extend_schema(
        operation_id="register_put",
        summary="Send a register",
        examples=[REGISTER],
        request=SubmissionSerializer,
        responses=PUT_ANSWERS,
    )
    def put(self, request: Any, class_id: int, date: datetime.date, session: Session) -> Response:
        school_class = self._class(request, class_id, date, session)
        if not lies_in(request.scope.places(P.TAKE_REGISTER), school_class):
            raise PermissionDenied
        sent = SubmissionSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        refuse_another(request, sent.validated_data)
        found = pupils_named([school_class.pk], [sent.validated_data])
        put_pupils(school_class.pk, sent.validated_data.get("marks", []), found)
        submission = submission_of(
            sent.validated_data,
            request,
            school_class,
            date,
            session,
            answers_for_school=lies_in(request.scope.places(P.MANAGE_SCHOOL), school_class),
        )
        try:
            code, body = accepted(send_register(submission))
        except RegisterRefused as error:
            raise problem_of(submission, error) from error
        return Response(body, code)

    def _class(
        self, request: Any, class_id: int, date: datetime.date, session: Session
    ) -> SchoolClass:
        found = reach(request.scope, P.VIEW_REGISTER, lambda places: class_in(places, class_id))
        if not found.year.is_valid_on(date) or session not in found.session_list:
            if request.method == "PUT":
                raise Problem(
                    SessionNotDue.code,
                    SessionNotDue.message,
                    status.HTTP_422_UNPROCESSABLE_ENTITY,
                )
            raise Http404
        return found


class RegisterByCode(OneRegister):
    """The same, of a class by the code of its school, its year and its name."""

    @extend_schema(
        operation_id="register_get_by_code",
        summary="The same, of a class by its official name",
        responses=answers(404, http_200=RegisterSerializer),
    )
    def get(  # type: ignore[override]  # another address
        self,
        request: Any,
        school_code: str,
        year: str,
        name: str,
        date: datetime.date,
        session: Session,
    ) -> Response:
        return super().get(request, class_id_of(school_code, year, name), date, session)

    @extend_schema(
        operation_id="register_put_by_code",
        summary="The same, of a class by its official name",
        examples=[REGISTER],
        request=SubmissionSerializer,
        responses=PUT_ANSWERS,
    )
    def put(  # type: ignore[override]  # another address
        self,
        request: Any,
        school_code: str,
        year: str,
        name: str,
        date: datetime.date,
        session: Session,
    ) -> Response:
        return super().put(request, class_id_of(school_code, year, name), date, session)
