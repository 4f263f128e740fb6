"""API of the figures, flags and missing registers: what the pages show, as numbers."""

import datetime

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from core import problems, rules
from core.access import reach
from core.api import Endpoint, Listing, Problem, answers, in_our_time
from core.levels import EducationLevel
from core.months import Month
from core.permissions import KeyScope
from core.permissions import Permission as P
from core.scope import Places
from mobilisation.rates.variants import VARIANTS
from schools.areas.selectors.tree import area_version
from schools.directory.selectors.classes import classes_in_places
from schools.directory.selectors.codes import school_id_of
from schools.directory.selectors.schools import school_in

from .indicators import INDICATORS, JUDGED
from .models import Flag
from .models.facts import MEASURES
from .month_review.open_data import published_rows
from .month_review.selectors import latest_publication
from .month_review.suppression import Suppressed
from .rates import Judgement
from .selectors import tables
from .selectors.flags import flags_in
from .selectors.missing import by_school
from .selectors.mobilisation import mobilisation_figures

problems.declare("too_many_rows", 400, gettext_lazy("More rows than one answer holds"))

SESSIONS = ("scheduled", "taken", "not_held", "sent_late", "due", "classes", "days")
MOST_ROWS = 1000
MOST_MONTHS = 12
DIVISIONS = ["district", "commune", "school", "class"]
MONTH = OpenApiParameter("month", str, description="YYYY-MM", required=True)
LEVEL = OpenApiParameter("level", str, enum=EducationLevel.values)


class MonthField(serializers.Field):
    """A month written YYYY-MM."""

    def to_internal_value(self, data):
        try:
            month = Month.parse(str(data))
        except ValueError as error:
            raise serializers.ValidationError(_("Write the month as 2026-10.")) from error
        in_our_time(month.first)
        return month

    def to_representation(self, value):
        return str(value)


class FiguresQuery(serializers.Serializer):
    """What is asked: one area or one school, a month or several, how to divide, on which map.

    What is valid has `months`, oldest first.
    """

    area = serializers.CharField(required=False, max_length=10)
    school = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    school_code = serializers.CharField(required=False, max_length=20)
    month = MonthField(required=False)
    month_from = MonthField(required=False)
    month_to = MonthField(required=False)
    level = serializers.ChoiceField(EducationLevel.choices, required=False)
    by = serializers.ChoiceField(DIVISIONS, required=False)
    map = serializers.CharField(required=False, default="then", max_length=10)

    def validate_map(self, value):
        if value == "then":
            return None
        day = serializers.DateField().run_validation(value)
        return in_our_time(day)

    def validate(self, attrs):
        if (school := school_id_of(attrs)) is not None:
            attrs = attrs | {"school": school}
        if ("area" in attrs) == ("school" in attrs):
            raise serializers.ValidationError({"area": [_("Give either area or school.")]})
        if "school" in attrs and attrs.get("by") == "district":
            text = _("A school is not divided by districts.")
            raise serializers.ValidationError({"by": [text]})
        return attrs | {"months": self._months(attrs)}

    def _months(self, attrs):
        ends = [name for name in ("month_from", "month_to") if name in attrs]
        if ("month" in attrs) == bool(ends) or len(ends) == 1:
            text = _("Give either month, or month_from and month_to.")
            raise serializers.ValidationError({"month": [text]})
        if not ends:
            return [attrs["month"]]
        first, last = attrs["month_from"], attrs["month_to"]
        if first > last:
            text = _("The first month lies after the last one. Change one of them.")
            raise serializers.ValidationError({"month_from": [text]})
        if last > first.plus(MOST_MONTHS - 1):
            text = _("At most %(count)d months can be asked for at once.") % {"count": MOST_MONTHS}
            raise serializers.ValidationError({"month_to": [text]})
        return last.since(first)


class RateSerializer(serializers.Serializer):
    """A share with what it was made of; nulls where nothing is below the line."""

    numerator = serializers.IntegerField()
    denominator = serializers.IntegerField()
    value = serializers.FloatField(allow_null=True, help_text="0–1, six decimals")
    low = serializers.FloatField(allow_null=True, help_text="lower end of the 95 % interval")
    high = serializers.FloatField(allow_null=True)


class PlaceSerializer(serializers.Serializer):
    """What a row is about; a commune of null lies nowhere on the map asked for."""

    kind = serializers.ChoiceField(["area", *DIVISIONS])
    id = serializers.IntegerField(allow_null=True)
    code = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_blank=True)


def _whole_numbers(names):
    return type(
        "Measures",
        (serializers.Serializer,),
        {name: serializers.IntegerField() for name in names},
    )


MeasuresSerializer = _whole_numbers((*MEASURES, *SESSIONS))
IndicatorsSerializer = type(
    "Indicators", (serializers.Serializer,), {code: RateSerializer() for code in INDICATORS}
)


class FiguresRow(serializers.Serializer):
    """One place in one month: every additive number, every indicator, and how fresh they are."""

    month = serializers.CharField()
    place = PlaceSerializer()
    measures = MeasuresSerializer()
    indicators = IndicatorsSerializer()
    counted_to = serializers.DateField(allow_null=True)
    stale = serializers.IntegerField(help_text="class-months that wait for a recount")


class FiguresSerializer(serializers.Serializer):
    """The rows of a month, or of each of several, and what they were asked for."""

    month = serializers.CharField(allow_null=True, help_text="null when several were asked for")
    months = serializers.ListField(child=serializers.CharField())
    level = serializers.CharField(allow_null=True)
    by = serializers.CharField(allow_null=True)
    map = serializers.CharField(help_text="then, or the day whose units the rows are put on")
    rows = FiguresRow(many=True)


def rate_of(rate):
    """A `reports.rates.Rate` as plain numbers."""

    def number(value):
        return None if value is None else round(float(value), 6)

    return {
        "numerator": rate.numerator,
        "denominator": rate.denominator,
        "value": number(rate.value),
        "low": number(rate.low),
        "high": number(rate.high),
    }


def row_of(row, month):
    """A `selectors.tables.TableRow` as plain values; retention and dropout over the year so far."""
    return {
        "month": str(month),
        "place": {"kind": row.kind, "id": row.key, "code": row.code, "name": row.name},
        "measures": {name: getattr(row.figures, name) for name in (*MEASURES, *SESSIONS)},
        "indicators": {
            code: rate_of(indicator.compute(row.year if indicator.cumulated else row.figures))
            for code, indicator in INDICATORS.items()
        },
        "counted_to": row.figures.counted_to,
        "stale": row.figures.stale,
    }


class FiguresOfMonth(Endpoint):
    """Sums and rates of a month, as the dashboards show them."""

    needs = (P.VIEW_FIGURES,)
    key_scopes = {"GET": frozenset({KeyScope.FIGURES})}

    @extend_schema(
        operation_id="figures",
        summary="Sums and rates of months",
        parameters=[
            OpenApiParameter("area", str, description="code of a province, district or commune"),
            OpenApiParameter("school", int, description="or the id of a school"),
            OpenApiParameter("school_code", str, description="or its code, the ministry's"),
            OpenApiParameter("month", str, description="YYYY-MM"),
            OpenApiParameter("month_from", str, description="or several: the first, YYYY-MM"),
            OpenApiParameter("month_to", str, description="and the last; at most twelve months"),
            LEVEL,
            OpenApiParameter(
                "by", str, enum=DIVISIONS, description="district: or cluster, where there are none"
            ),
            OpenApiParameter(
                "map",
                str,
                default="then",
                description="then: the units of that month; YYYY-MM-DD: those of that day",
            ),
        ],
        responses=answers(400, 404, http_200=FiguresSerializer),
    )
    def get(self, request):
        asked = FiguresQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        query = asked.validated_data
        months = query["months"]
        by_month = {month: self._rows(request.scope, query, month) for month in months}
        # A unit need not be there in each of several months.
        if all(found is None for found in by_month.values()):
            raise Http404
        rows = [row_of(row, month) for month, found in by_month.items() for row in found or ()]
        if len(rows) > MOST_ROWS:
            raise Problem(
                "too_many_rows",
                _("More than %(count)d rows: ask for a commune or a school.")
                % {"count": MOST_ROWS},
                400,
            )
        return Response(
            FiguresSerializer(
                {
                    "month": str(months[0]) if "month" in query else None,
                    "months": [str(month) for month in months],
                    "level": query.get("level"),
                    "by": query.get("by"),
                    "map": query["map"].isoformat() if query["map"] else "then",
                    "rows": rows,
                }
            ).data
        )

    def _rows(self, scope, query, month):
        which = {
            "month": month,
            "level": query.get("level", ""),
            "by": query.get("by"),
            "map_date": query["map"],
        }
        if "school" in query:
            found = reach(
                scope,
                P.VIEW_FIGURES,
                lambda places: school_in(places, query["school"]),
                reading=True,
            )
            return tables.school_table(school=found, **which)
        area = tables.area_asked(
            scope.places_to_read(P.VIEW_FIGURES), query["area"], month, query["map"]
        )
        return None if area is None else tables.area_table(area=area, **which)


class PublishedQuery(serializers.Serializer):
    """What is asked: the month, and the area for which it was published."""

    month = MonthField()
    area = serializers.CharField(max_length=10)


class PublishedRow(serializers.Serializer):
    """One figure of a publication; its numbers are null where `suppressed` says why."""

    area = serializers.CharField(help_text="code of the commune, or of the area itself")
    name = serializers.CharField()
    level = serializers.CharField(allow_blank=True, help_text="blank: all levels together")
    indicator = serializers.CharField()
    numerator = serializers.IntegerField(allow_null=True)
    denominator = serializers.IntegerField(allow_null=True)
    value = serializers.FloatField(allow_null=True, help_text="0–1, six decimals")
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    taken = serializers.IntegerField(help_text="registers sent")
    due = serializers.IntegerField()
    target = serializers.FloatField(allow_null=True)
    suppressed = serializers.ChoiceField(
        list(Suppressed),
        allow_null=True,
        help_text="small_count: fewer than five; derivable: it would tell one that is left out",
    )


class PublishedSerializer(serializers.Serializer):
    """A publication: what was published, when, under which code, and whether it still stands."""

    month = serializers.CharField()
    area = serializers.CharField()
    number = serializers.IntegerField(help_text="1: published for the first time")
    code = serializers.CharField()
    fingerprint = serializers.CharField(help_text="SHA-256 of the whole figures")
    published_at = serializers.DateTimeField()
    stands = serializers.BooleanField(help_text="false: opened again for corrections")
    rows = PublishedRow(many=True)


class PublishedMonth(Endpoint):
    """The figures of a month as they were last published, without the small counts."""

    needs = (P.VIEW_FIGURES,)
    key_scopes = {"GET": frozenset({KeyScope.FIGURES})}

    @extend_schema(
        operation_id="published",
        summary="Figures of a month as they were published",
        parameters=[
            MONTH,
            OpenApiParameter("area", str, required=True, description="code of the area"),
        ],
        responses=answers(400, 404, http_200=PublishedSerializer),
    )
    def get(self, request):
        asked = PublishedQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        month = asked.validated_data["month"]
        area = tables.area_asked(
            request.scope.places_to_read(P.VIEW_FIGURES),
            asked.validated_data["area"],
            month,
            None,
        )
        found = latest_publication(area, month) if area is not None else None
        if found is None:
            raise Http404
        said = {
            "month": str(month),
            "area": area.code,
            "number": found.number,
            "code": found.code,
            "fingerprint": found.fingerprint,
            "published_at": found.published_at,
            "stands": found.lock.unlocked_at is None,
            "rows": published_rows(found),
        }
        return Response(PublishedSerializer(said).data)


class MobilisationQuery(serializers.Serializer):
    """What is asked: one area, a month, and whether its communes too."""

    area = serializers.CharField(max_length=10)
    month = MonthField()
    by = serializers.ChoiceField(["commune"], required=False)


class AssignedSerializer(serializers.Serializer):
    """The same children against the numbers that decisions assign (chỉ tiêu giao)."""

    children = serializers.IntegerField(help_text="assigned to the communes that have a number")
    on_roll = serializers.IntegerField(help_text="children of these communes on a roll")
    rate = serializers.FloatField(allow_null=True, help_text="0 to 1, or more")
    communes = serializers.IntegerField(help_text="how many have a number and a survey")


class MobilisationRateSerializer(serializers.Serializer):
    """One rate by residence, with what families told and the pupils at the schools there."""

    code = serializers.ChoiceField(list(VARIANTS))
    to_educate = serializers.IntegerField(help_text="children to be educated, below the line")
    on_roll = serializers.IntegerField(help_text="of these, on a roll anywhere in the province")
    missing = serializers.IntegerField()
    told = serializers.IntegerField(help_text="of these, at school by what the family told")
    told_found = serializers.IntegerField(help_text="of these told, matched with a pupil")
    at_schools_here = serializers.IntegerField(help_text="pupils at schools there, from anywhere")
    rate = RateSerializer(help_text="against the survey")
    assigned = AssignedSerializer(allow_null=True, help_text="against the assigned number")
    target = serializers.FloatField(allow_null=True, help_text="0–1")
    judgement = serializers.ChoiceField(list(Judgement))


class MobilisationRow(serializers.Serializer):
    """The rates of one place."""

    place = PlaceSerializer()
    survey_years = serializers.ListField(child=serializers.IntegerField())
    rates = MobilisationRateSerializer(many=True)


class MobilisationSerializer(serializers.Serializer):
    """The rows of a month; `day` is that of the rolls, null when no school year runs."""

    month = serializers.CharField()
    day = serializers.DateField(allow_null=True)
    rows = MobilisationRow(many=True)


class MobilisationOfMonth(Endpoint):
    """Mobilisation rates of an area in a month, as its page shows them: counts, no names."""

    needs = (P.VIEW_FIGURES,)
    key_scopes = {"GET": frozenset({KeyScope.FIGURES})}

    @extend_schema(
        operation_id="mobilisation",
        summary="Mobilisation rates of a month",
        parameters=[
            OpenApiParameter(
                "area", str, required=True, description="code of a province, district or commune"
            ),
            MONTH,
            OpenApiParameter("by", str, enum=["commune"]),
        ],
        responses=answers(400, 404, http_200=MobilisationSerializer),
    )
    def get(self, request):
        asked = MobilisationQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        query = asked.validated_data
        month = query["month"]
        area = tables.area_asked(
            request.scope.places_to_read(P.VIEW_FIGURES), query["area"], month, None
        )
        if area is None:
            raise Http404
        board = mobilisation_figures(
            area=area, month=month, rules=rules.table(on=month.first), today=timezone.localdate()
        )
        rows = [_mobilisation_row("area", board.rows)] if board.rows else []
        if query.get("by") and rows:
            communes = zip(*map(_by_code, board.by_commune.values()), strict=True)
            rows = [_mobilisation_row("commune", each) for each in communes]
        said = {"month": str(month), "day": board.day, "rows": rows}
        return Response(MobilisationSerializer(said).data)


def _by_code(rows):
    return sorted(rows, key=lambda row: (row.area.name_key, row.area.code))


def _mobilisation_row(kind, rows):
    """The `MobilisationRow`s of one area as plain values."""
    area = rows[0].area
    return {
        "place": {"kind": kind, "id": area.pk, "code": area.code, "name": area.title},
        "survey_years": rows[0].survey_years,
        "rates": [
            {
                "code": row.variant.code,
                **{name: getattr(row.counts, name) for name in MOBILISATION_COUNTS},
                "rate": rate_of(row.rate),
                "assigned": _assigned(row.assigned),
                "target": row.target,
                "judgement": row.judgement,
            }
            for row in rows
        ],
    }


def _assigned(found):
    if not found.communes:
        return None
    rate = found.rate
    return {
        "children": found.children,
        "on_roll": found.on_roll,
        "rate": None if rate is None else round(rate, 6),
        "communes": found.communes,
    }


MOBILISATION_COUNTS = (
    *("to_educate", "on_roll", "missing", "told", "told_found", "at_schools_here"),
)


class FlagSerializer(serializers.ModelSerializer):
    commune = serializers.CharField(source="commune.code")
    commune_name = serializers.CharField(source="commune.title")
    month = serializers.DateField(format="%Y-%m")
    numerator = serializers.IntegerField()
    denominator = serializers.IntegerField()
    registers_taken = serializers.IntegerField()
    registers_due = serializers.IntegerField()
    reason = serializers.CharField(read_only=True)

    class Meta:
        model = Flag
        fields = [
            *("id", "commune", "commune_name", "level", "month", "indicator", "rule", "state"),
            *(
                "numerator",
                "denominator",
                "low",
                "high",
                "target",
                "registers_taken",
                "registers_due",
                "reason",
            ),
        ]


class FlagsQuery(serializers.Serializer):
    """Which flags are asked for; of attendance when no indicator is said."""

    month = MonthField()
    level = serializers.ChoiceField(EducationLevel.choices, required=False)
    indicator = serializers.ChoiceField([JUDGED, *VARIANTS], default=JUDGED)


class Flags(Listing):
    """Communes that flags of a month speak of, gravest first: of attendance, or of the
    mobilisation rate asked for."""

    needs = (P.VIEW_FLAGS,)
    key_scopes = {"GET": frozenset({KeyScope.FIGURES})}
    serializer_class = FlagSerializer

    @extend_schema(
        operation_id="flags",
        summary="Communes to look at",
        parameters=[
            MONTH,
            LEVEL,
            OpenApiParameter("indicator", str, enum=[JUDGED, *VARIANTS], default=JUDGED),
        ],
        responses=answers(400, 404, http_200=FlagSerializer(many=True)),
    )
    def get(self, request):
        asked = FlagsQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        query = asked.validated_data
        return self.answer(
            flags_in(
                request.scope.places_to_read(P.VIEW_FLAGS),
                month=query["month"],
                level=query.get("level", ""),
                indicator=query["indicator"],
            )
        )


class MissingRegisterSerializer(serializers.Serializer):
    """One register that has not been sent."""

    class_id = serializers.IntegerField(source="school_class.pk")
    name = serializers.CharField(source="school_class.name")
    session = serializers.ChoiceField(["am", "pm"])
    late_at = serializers.DateTimeField(help_text="from this moment on it is late")


class MissingSerializer(serializers.Serializer):
    """A school with something missing on the day, counted over the caller's classes there."""

    school = serializers.IntegerField(source="key")
    code = serializers.CharField()
    name = serializers.CharField()
    due = serializers.IntegerField(help_text="registers due on the day, sent or not")
    missing = serializers.IntegerField()
    late = serializers.IntegerField(help_text="of the missing, those whose hour has passed")
    registers = MissingRegisterSerializer(
        many=True, help_text="the missing ones of classes whose registers the caller may read"
    )


class MissingQuery(serializers.Serializer):
    """The day asked about, and the area to keep to."""

    date = serializers.DateField(required=False)
    area = serializers.CharField(required=False, max_length=10)

    def validate_date(self, value):
        in_our_time(value)
        if value > timezone.localdate():
            raise serializers.ValidationError(_("This day has not come yet."))
        return value


class Missing(Listing):
    """Registers of a day that have not been sent, by school.

    Counts reach as far as figures do; classes are named where their registers may be read.
    """

    needs = (P.VIEW_FIGURES,)
    # Who sends registers must know which are still to be sent.
    key_scopes = {"GET": frozenset({KeyScope.FIGURES, KeyScope.REGISTERS})}
    serializer_class = MissingSerializer

    @extend_schema(
        operation_id="missing",
        summary="Registers not sent, by school",
        parameters=[
            OpenApiParameter("date", datetime.date, description="Today by default."),
            OpenApiParameter("area", str, description="Only of this area: its code of today."),
        ],
        responses=answers(400, 404, http_200=MissingSerializer(many=True)),
    )
    def get(self, request):
        asked = MissingQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        query, now = asked.validated_data, timezone.now()
        places = request.scope.places(P.VIEW_FIGURES)
        if "area" in query:
            places = _area_today(request.scope, places, query["area"])
        rows = by_school(places, date=query.get("date", timezone.localdate(now)), now=now)
        _name_classes(rows, request.scope.places(P.VIEW_REGISTER))
        return self.answer(rows)


def _area_today(scope, places, code):
    """The places of an area valid today inside `places`; raises Http404 elsewhere."""
    area = area_version(code, on=scope.date)
    if area is None or area.pk not in places.areas:
        raise Http404
    return Places(scope.date, areas=frozenset(scope.tree.below(area.pk)))


def _name_classes(rows, places):
    """Give each row its school's code, and keep the registers of classes inside `places`."""
    registers = [each for row in rows for each in row.registers]
    readable = classes_in_places(places, [each.school_class.pk for each in registers])
    for row in rows:
        row.code = row.registers[0].school_class.school.code
        row.registers = [each for each in row.registers if each.school_class.pk in readable]
