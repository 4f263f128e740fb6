"""API: areas, schools, classes, the roll of a class."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from core.access import reach
from core.api import ON, Endpoint, Listing, answers, day_asked
from core.permissions import ANY_KEY, KeyScope
from core.permissions import Permission as P

from .access_trail import names_shown
from .directory.selectors import listing
from .directory.selectors.classes import class_in
from .enums import NamesKind
from .models import Area, School, SchoolClass
from .pupils.selectors.rolls import roll_on


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

    class Meta:
        model = School
        fields = ["id", "code", "name", "levels", "commune"]


class Schools(Listing):
    """Schools inside the caller's places, with the commune they lie in on a day."""

    needs = (P.VIEW_SCHOOL,)
    key_scopes = {"GET": ANY_KEY}
    serializer_class = SchoolSerializer

    @extend_schema(
        operation_id="schools",
        parameters=[ON],
        responses=answers(400, 404, http_200=SchoolSerializer(many=True)),
    )
    def get(self, request):
        return self.answer(
            listing.schools_on(request.scope.places_to_read(P.VIEW_SCHOOL), day_asked(request))
        )


class ClassSerializer(serializers.ModelSerializer):
    school = serializers.IntegerField(source="school_id")
    year = serializers.CharField(source="year.code")
    site = serializers.CharField(source="site.name")
    grades = serializers.ListField(child=serializers.IntegerField(), source="grade_list")
    sessions = serializers.ListField(
        child=serializers.CharField(), source="session_list", help_text="am, pm"
    )

    class Meta:
        model = SchoolClass
        fields = ["id", "school", "year", "site", "name", "level", "grades", "sessions"]


class Classes(Listing):
    """Classes of the school year of a day whose registers the caller may read."""

    needs = (P.VIEW_REGISTER,)
    key_scopes = {"GET": ANY_KEY}
    serializer_class = ClassSerializer

    @extend_schema(
        operation_id="classes",
        parameters=[ON, OpenApiParameter("school", int, description="Only of this school.")],
        responses=answers(400, 404, http_200=ClassSerializer(many=True)),
    )
    def get(self, request):
        asked = OfSchool(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return self.answer(
            listing.classes_on(
                request.scope.places(P.VIEW_REGISTER),
                day_asked(request),
                school_id=asked.validated_data.get("school"),
            )
        )


class OfSchool(serializers.Serializer):
    """The school a list is cut to."""

    school = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


class RollRow(serializers.Serializer):
    """A pupil on the roll, with what another system needs to tell two of one name apart."""

    pupil = serializers.IntegerField(source="pupil_id")
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
        parameters=[ON],
        responses=answers(400, 404, http_200=RollRow(many=True)),
    )
    def get(self, request, class_id):
        found = reach(request.scope, P.VIEW_PUPILS, lambda places: class_in(places, class_id))
        roll = roll_on(found, day_asked(request))
        names_shown(request, NamesKind.API, school_class=found, count=len(roll))
        return Response(RollRow(roll, many=True).data)
