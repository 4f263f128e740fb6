"""API: areas, schools, classes, the roll of a class, the ledger of a place."""

import datetime

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from core.access import reach
from core.api import ON, SINCE, Endpoint, Listing, answers, day_asked, in_our_time
from core.permissions import ANY_KEY, KeyScope
from core.permissions import Permission as P

from .access_trail import names_shown
from .areas.selectors.tree import area_version
from .directory.selectors import listing
from .directory.selectors.classes import class_id_of, class_in
from .directory.selectors.codes import school_id_of
from .directory.selectors.schools import school_in
from .enums import AreaLevel, DropoutCause, NamesKind
from .ledger.counting import COLUMNS
from .ledger.selectors import (
    DIVISIONS,
    area_ledger,
    causes_of_dropouts,
    class_ledger,
    school_ledger,
)
from .models import Area, School, SchoolClass
from .pupils.selectors.rolls import roll_on

OF_SCHOOL = [
    OpenApiParameter("school", int, description="Only of this school: its id."),
    OpenApiParameter("school_code", str, description="Or its code, the ministry's."),
]


class AreaSerializer(serializers.ModelSerializer):
    level = serializers.IntegerField(help_text="1 province, 2 district or cluster, 3 commune")
    parent = serializers.CharField(  # type: ignore[assignment]  # `Field.parent` is set later
        source="parent.code", allow_null=True, default=None
    )

    class Meta:
        model = Area
        fields = ["id", "level", "kind", "code", "name", "parent", "valid_from", "valid_to"]


class Areas(Listing):
    """Administrative units as they were on a day. They are public knowledge."""

    why = "the official units of the country are no secret"
    key_scopes = {"GET": ANY_KEY}
    serializer_class = AreaSerializer

    @extend_schema(
        operation_id="areas",
        summary="Administrative units on a day",
        parameters=[ON],
        responses=answers(400, 404, http_200=AreaSerializer(many=True)),
    )
    def get(self, request):
        return self.answer(listing.areas_on(day_asked(request)))


class SchoolSerializer(serializers.ModelSerializer):
    levels = serializers.ListField(
        child=serializers.CharField(), source="education_levels", help_text="MN, TH, THCS, THPT"
    )
    commune = serializers.CharField(source="commune_code", allow_null=True)
    updated_at = serializers.DateTimeField(help_text="of the school itself, not of where it lies")

    class Meta:
        model = School
        fields = ["id", "code", "name", "levels", "commune", "updated_at"]


class Schools(Listing):
    """Schools inside the caller's places, with the commune they lie in on a day."""

    needs = (P.VIEW_SCHOOL,)
    key_scopes = {"GET": ANY_KEY}
    serializer_class = SchoolSerializer

    @extend_schema(
        operation_id="schools",
        summary="Schools, with their commune",
        parameters=[ON, *SINCE],
        responses=answers(400, 404, http_200=SchoolSerializer(many=True)),
    )
    def get(self, request):
        places = request.scope.places_to_read(P.VIEW_SCHOOL)
        return self.answer(self.by_changes(listing.schools_on(places, day_asked(request))))


class ClassSerializer(serializers.ModelSerializer):
    school = serializers.IntegerField(source="school_id")
    school_code = serializers.CharField(source="school.code", help_text="the ministry's")
    year = serializers.CharField(source="year.code")
    site = serializers.CharField(source="site.name")
    grades = serializers.ListField(child=serializers.IntegerField(), source="grade_list")
    sessions = serializers.ListField(
        child=serializers.CharField(), source="session_list", help_text="am, pm"
    )
    updated_at = serializers.DateTimeField()

    class Meta:
        model = SchoolClass
        fields = [
            *("id", "school", "school_code", "year", "site", "name", "level", "grades"),
            *("sessions", "updated_at"),
        ]


class Classes(Listing):
    """Classes of the school year of a day whose registers the caller may read."""

    needs = (P.VIEW_REGISTER,)
    key_scopes = {"GET": ANY_KEY}
    serializer_class = ClassSerializer

    @extend_schema(
        operation_id="classes",
        summary="Classes, with their sessions",
        parameters=[ON, *OF_SCHOOL, *SINCE],
        responses=answers(400, 404, http_200=ClassSerializer(many=True)),
    )
    def get(self, request):
        asked = OfSchool(data=request.query_params)
        asked.is_valid(raise_exception=True)
        found = listing.classes_on(
            request.scope.places(P.VIEW_REGISTER),
            day_asked(request),
            school_id=asked.validated_data["school_id"],
        )
        return self.answer(self.by_changes(found))


class OfSchool(serializers.Serializer):
    """The school a list is cut to, as `school_id`; 0 for a code that no school has."""

    school = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    school_code = serializers.CharField(required=False, max_length=20)

    def validate(self, attrs):
        return attrs | {"school_id": school_id_of(attrs)}


class RollRow(serializers.Serializer):
    """A pupil on the roll, with what another system needs to tell two of one name apart."""

    pupil = serializers.IntegerField(source="pupil_id")
    ministry_id = serializers.CharField(
        source="pupil.ministry_id", allow_null=True, help_text="the ministry's identifier"
    )
    name = serializers.CharField(source="pupil.full_name")
    sex = serializers.CharField()
    birth_date = serializers.DateField(source="pupil.birth_date")
    grade = serializers.IntegerField()
    since = serializers.DateField(source="valid_from")


class Roll(Endpoint):
    """The roll of a class on a day, in the order of the names."""

    needs = (P.VIEW_PUPILS,)
    key_scopes = {"GET": frozenset({KeyScope.ROLLS})}

    @extend_schema(
        operation_id="roll",
        summary="Roll of a class on a day",
        parameters=[ON],
        responses=answers(400, 404, http_200=RollRow(many=True)),
    )
    def get(self, request, class_id):
        found = reach(request.scope, P.VIEW_PUPILS, lambda places: class_in(places, class_id))
        roll = roll_on(found, day_asked(request))
        names_shown(request, NamesKind.API, school_class=found, count=len(roll))
        return Response(RollRow(roll, many=True).data)


class RollByCode(Roll):
    """The same, of a class by the code of its school, its year and its name."""

    @extend_schema(
        operation_id="roll_by_code",
        summary="The same, of a class by its official name",
        parameters=[ON],
        responses=answers(400, 404, http_200=RollRow(many=True)),
    )
    def get(self, request, school_code, year, name):
        return super().get(request, class_id_of(school_code, year, name))


class EnrolmentRow(RollRow):
    """A pupil in a class between two days."""

    id = serializers.IntegerField()
    class_id = serializers.IntegerField(source="school_class_id")
    class_name = serializers.CharField(source="school_class.name")
    year = serializers.CharField(source="school_class.year.code")
    school_code = serializers.CharField(source="school.code")
    until = serializers.DateField(
        source="valid_to", allow_null=True, help_text="first day no longer in the class"
    )
    entry_reason = serializers.CharField()
    exit_reason = serializers.CharField(allow_blank=True)
    updated_at = serializers.DateTimeField(help_text="of the enrolment, or of who the pupil is")


class EnrolmentsQuery(OfSchool):
    """The school or class whose enrolments are asked for."""

    class_id = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


class Enrolments(Listing):
    """Who is and was in which class of the school year of a day: also those who left, so that
    another system hears of it. Each list leaves its trail."""

    needs = (P.VIEW_PUPILS,)
    key_scopes = {"GET": frozenset({KeyScope.ROLLS})}
    serializer_class = EnrolmentRow

    @extend_schema(
        operation_id="enrolments",
        summary="Who is and was in which class",
        parameters=[
            ON,
            *OF_SCHOOL,
            OpenApiParameter("class_id", int, description="Only of this class."),
            *SINCE,
        ],
        responses=answers(400, 404, http_200=EnrolmentRow(many=True)),
    )
    def get(self, request):
        asked = EnrolmentsQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        found = listing.enrolments_on(
            request.scope.places(P.VIEW_PUPILS),
            day_asked(request),
            school_id=asked.validated_data["school_id"],
            class_id=asked.validated_data.get("class_id"),
        )
        page = self.paginate_queryset(self.by_changes(found))
        names_shown(request, NamesKind.API, count=len(page))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class LedgerQuery(serializers.Serializer):
    """What is asked: one place, two days, how to divide."""

    area = serializers.CharField(required=False, max_length=10)
    school = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    school_code = serializers.CharField(required=False, max_length=20)
    to = serializers.DateField()
    by = serializers.ChoiceField(list(DIVISIONS), required=False)
    map = serializers.DateField(required=False)

    def get_fields(self):
        # Names that Python does not let a class have.
        number = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
        return super().get_fields() | {"from": serializers.DateField(), "class": number}

    def validate(self, attrs):
        if (school := school_id_of(attrs)) is not None:
            attrs = attrs | {"school": school}
        if sum(name in attrs for name in ("area", "school", "class")) != 1:
            raise serializers.ValidationError({"area": [_("Give one of area, school and class.")]})
        if "map" in attrs and "area" not in attrs:
            raise serializers.ValidationError(
                {"map": [_("Only an area is put on the map of another day. Leave it out.")]}
            )
        for day in ("from", "to", "map"):
            if day in attrs:
                in_our_time(attrs[day])
        if attrs["to"] > timezone.localdate():
            raise serializers.ValidationError({"to": [_("This day has not come yet.")]})
        if attrs["from"] > attrs["to"]:
            raise serializers.ValidationError(
                {"from": [_("The first day lies after the last one. Change one of them.")]}
            )
        return attrs


class LedgerLineSerializer(serializers.Serializer):
    """The numbers of one line, one for each column, and whether they balance."""

    difference = serializers.IntegerField(help_text="end less what movements make of start")
    loose = serializers.IntegerField(help_text="changes of class without their other half")
    balanced = serializers.BooleanField()

    def get_fields(self):
        return {column: serializers.IntegerField() for column in COLUMNS} | super().get_fields()


class LedgerPlaceSerializer(LedgerLineSerializer):
    """The line of a place inside the one asked for."""

    kind = serializers.ChoiceField(
        ["area", "school", "class", "nowhere"],
        help_text="nowhere: schools of a province that lie in no unit of the map; of id 0",
    )
    id = serializers.IntegerField()
    code = serializers.CharField(allow_blank=True)
    name = serializers.CharField()


class LedgerGroupSerializer(LedgerLineSerializer):
    """The line of a level, grade, sex or ethnic group."""

    code = serializers.CharField()
    name = serializers.CharField()


class LedgerSubCauseSerializer(serializers.Serializer):
    """One of the causes that the ministry's letter counts as "other"."""

    cause = serializers.ChoiceField(DropoutCause.choices)
    pupils = serializers.IntegerField()


class LedgerCauseSerializer(serializers.Serializer):
    """Pupils who dropped out for a cause of letter 3237/BGDĐT-KHTC; one may have several."""

    cause = serializers.ChoiceField(DropoutCause.choices)
    pupils = serializers.IntegerField()
    parts = LedgerSubCauseSerializer(many=True)


class LedgerSerializer(serializers.Serializer):
    """All of the place, by what lies in it, and by group when it is divided."""

    by = serializers.CharField(allow_null=True)
    balanced = serializers.BooleanField(help_text="all of it and every part")
    total = LedgerLineSerializer()
    places = LedgerPlaceSerializer(many=True)
    groups = LedgerGroupSerializer(many=True)
    causes = LedgerCauseSerializer(many=True)

    def get_fields(self):
        days = {"from": serializers.DateField(), "to": serializers.DateField()}
        return days | super().get_fields()


class LedgerOfPeriod(Endpoint):
    """start + arrivals − departures − dropouts + returns = end, for a place and a period."""

    needs = (P.VIEW_FIGURES,)
    key_scopes = {"GET": frozenset({KeyScope.FIGURES})}

    @extend_schema(
        operation_id="ledger",
        summary="Arrivals and departures that explain the roll",
        parameters=[
            OpenApiParameter("area", str, description="code of a unit as of the last day"),
            OpenApiParameter("school", int, description="or the id of a school"),
            OpenApiParameter("school_code", str, description="or its code"),
            OpenApiParameter("class", int, description="or the id of a class"),
            OpenApiParameter("from", datetime.date, required=True),
            OpenApiParameter("to", datetime.date, required=True, description="today at most"),
            OpenApiParameter("by", str, enum=list(DIVISIONS)),
            OpenApiParameter(
                "map",
                datetime.date,
                description="of an area: the day whose units the rows are put on; `to` by default",
            ),
        ],
        responses=answers(400, 404, http_200=LedgerSerializer),
    )
    def get(self, request):
        asked = LedgerQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        query = asked.validated_data
        found = self._ledger(request.scope, query)
        said = {
            "from": found.first,
            "to": found.last,
            "by": query.get("by"),
            "balanced": found.balanced,
            "total": _plain_line(found.total),
            "places": [_plain_row(row) for row in found.places],
            "groups": [_plain_row(row) for row in found.groups],
            "causes": _plain_causes(found),
        }
        return Response(LedgerSerializer(said).data)

    def _ledger(self, scope, query):
        days = {"first": query["from"], "last": query["to"], "by": query.get("by", "")}
        if "school" in query:
            school = reach(
                scope,
                P.VIEW_FIGURES,
                lambda places: school_in(places, query["school"]),
                reading=True,
            )
            return school_ledger(school, **days)
        if "class" in query:
            school_class = reach(
                scope,
                P.VIEW_FIGURES,
                lambda places: class_in(places, query["class"]),
                reading=True,
            )
            return class_ledger(school_class, **days)
        area = area_version(query["area"], on=query.get("map", query["to"]))
        readable = scope.places_to_read(P.VIEW_FIGURES).areas
        if area is None or area.level > AreaLevel.COMMUNE or area.pk not in readable:
            raise Http404
        return area_ledger(area, map_day=query.get("map"), **days)


def _plain_line(line):
    return line.numbers | {
        "difference": line.difference,
        "loose": line.loose,
        "balanced": line.balanced,
    }


def _plain_causes(found):
    if not found.total["dropped_out"]:
        return []
    causes = causes_of_dropouts(found.inside, first=found.first, last=found.last)
    return [
        {
            "cause": each.cause,
            "pupils": each.pupils,
            "parts": [{"cause": cause, "pupils": pupils} for cause, pupils in each.parts],
        }
        for each in causes
    ]


def _plain_row(row):
    return {"kind": row.kind, "id": row.key, "code": row.code, "name": row.name} | _plain_line(
        row.line
    )
