"""The standards of universal education for other programs: counts, no names."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from core.api import ApiRequest, Endpoint, answers
from core.permissions import KeyScope
from core.permissions import Permission as P
from schools.areas.selectors.tree import area_version
from schools.enums import AreaLevel

from ..models.surveys import FIRST_YEAR, LAST_YEAR
from .judging import AreaResult, CommuneResult, Outcome, Unknown, Verdict
from .rule_sets import Among
from .selectors import AreaStandards, Evaluation, days_of, standards_of

VERDICTS = list(Verdict)


class StandardsQuery(serializers.Serializer[Any]):
    """What is asked: one area, a year, and a day of it."""

    area = serializers.CharField(max_length=10)
    year = serializers.IntegerField(min_value=FIRST_YEAR, max_value=LAST_YEAR)
    day = serializers.DateField(required=False)


class ConditionSerializer(serializers.Serializer[Any]):
    """A condition in a commune. The real number above the line lies between `certain` and
    `certain` + `possible`."""

    code = serializers.CharField()
    name = serializers.CharField()
    ages = serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2)
    total = serializers.IntegerField(help_text="people below the line")
    certain = serializers.IntegerField()
    possible = serializers.IntegerField(help_text="by the family's word alone, or not asked")
    least = serializers.FloatField(help_text="0–1")
    lacking = serializers.IntegerField(help_text="how many more are needed")
    verdict = serializers.ChoiceField(VERDICTS)
    unknown = serializers.ChoiceField(list(Unknown), allow_null=True, help_text="why not known")
    from_totals = serializers.BooleanField(help_text="of totals that the commune entered")


class ShareSerializer(serializers.Serializer[Any]):
    """A share of units that must meet a standard."""

    among = serializers.ChoiceField(list(Among))
    met = serializers.IntegerField()
    not_known = serializers.IntegerField()
    total = serializers.IntegerField()
    least = serializers.FloatField(help_text="0–1")
    verdict = serializers.ChoiceField(VERDICTS)


class CommuneVerdictSerializer(serializers.Serializer[Any]):
    """A standard in one commune of the area."""

    code = serializers.CharField()
    name = serializers.CharField()
    verdict = serializers.ChoiceField(VERDICTS)
    lacking = serializers.IntegerField(help_text="people short in its own conditions")


class StandardSerializer(serializers.Serializer[Any]):
    """A standard in the area; `verdict` null for a cluster, which the law does not judge."""

    code = serializers.CharField()
    name = serializers.CharField()
    verdict = serializers.ChoiceField(VERDICTS, allow_null=True)
    conditions = ConditionSerializer(many=True, help_text="of a commune")
    shares = ShareSerializer(many=True, help_text="of a district or province")
    communes = CommuneVerdictSerializer(many=True, help_text="of what lies above communes")


class RuleSetSerializer(serializers.Serializer[Any]):
    """A set of rules in force on the day."""

    code = serializers.CharField()
    name = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field, as the file has it
    standards = StandardSerializer(many=True)


class StandardsSerializer(serializers.Serializer[Any]):
    """The standards of an area in a year; `day` is that of the rolls."""

    area = serializers.CharField()
    name = serializers.CharField()
    year = serializers.IntegerField()
    day = serializers.DateField()
    designated = serializers.BooleanField(
        help_text="whether any commune is on record as especially difficult on the day"
    )
    rule_sets = RuleSetSerializer(many=True)


class StandardsOfYear(Endpoint):
    """Which standards of universal education an area meets in a year: counts, no names."""

    needs = (P.VIEW_FIGURES,)
    key_scopes = {"GET": frozenset({KeyScope.FIGURES})}

    @extend_schema(
        operation_id="standards",
        summary="Which standards of universal education are met",
        parameters=[
            OpenApiParameter(
                "area", str, required=True, description="code of a province, district or commune"
            ),
            OpenApiParameter("year", int, required=True, description="year in which ages count"),
            OpenApiParameter("day", str, description="YYYY-MM-DD; the latest if left out"),
        ],
        responses=answers(400, 404, http_200=StandardsSerializer),
    )
    def get(self, request: ApiRequest) -> Response:
        asked = StandardsQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        year = asked.validated_data["year"]
        days = days_of(year, today=timezone.localdate())
        if not days:
            raise serializers.ValidationError({"year": [_("No school year began in this year.")]})
        day = asked.validated_data.get("day", days[0])
        if day not in days:
            raise serializers.ValidationError(
                {"day": [_("Choose one of: %(days)s.") % {"days": ", ".join(map(str, days))}]}
            )
        area = area_version(asked.validated_data["area"], on=day)
        readable = request.scope.places_to_read(P.VIEW_FIGURES).areas
        if area is None or area.level > AreaLevel.COMMUNE or area.pk not in readable:
            raise Http404
        return Response(StandardsSerializer(_told(standards_of(area, year, day=day))).data)


def _told(found: AreaStandards) -> dict[str, Any]:
    return {
        "area": found.area.code,
        "name": found.area.title,
        "year": found.year,
        "day": found.day,
        "designated": found.facts.designated,
        "rule_sets": [
            {
                "code": each.rule_set.code,
                "name": each.rule_set.name,
                "source": each.rule_set.source,
                "standards": _standards(found, each),
            }
            for each in found.evaluations
        ],
    }


def _standards(found: AreaStandards, evaluation: Evaluation) -> list[dict[str, Any]]:
    if not evaluation.whole:
        return [_of_commune(each) for each in evaluation.communes[found.area.pk].values()]
    return [_of_area(found, evaluation, each) for each in evaluation.whole.values()]


def _of_commune(result: CommuneResult) -> dict[str, Any]:
    return {
        "code": result.standard.code,
        "name": result.standard.name,
        "verdict": result.verdict,
        "conditions": [_condition(each) for each in result.outcomes],
        "shares": [],
        "communes": [],
    }


def _condition(outcome: Outcome) -> dict[str, Any]:
    return {
        "code": outcome.condition.code,
        "name": outcome.condition.name,
        "ages": outcome.measure.ages,
        "total": outcome.total,
        "certain": outcome.certain,
        "possible": outcome.possible,
        "least": float(outcome.least / 100),
        "lacking": outcome.lacking,
        "verdict": outcome.verdict,
        "unknown": outcome.unknown,
        "from_totals": outcome.from_totals,
    }


def _of_area(found: AreaStandards, evaluation: Evaluation, result: AreaResult) -> dict[str, Any]:
    code = result.standard.code
    return {
        "code": code,
        "name": result.standard.name,
        "verdict": result.verdict,
        "conditions": [],
        "shares": [
            {
                "among": each.share.among,
                "met": each.met,
                "not_known": each.not_known,
                "total": each.total,
                "least": float(each.share.least / 100),
                "verdict": each.verdict,
            }
            for each in result.shares
        ],
        "communes": [
            {
                "code": area.code,
                "name": area.title,
                "verdict": evaluation.communes[area.pk][code].verdict,
                "lacking": evaluation.communes[area.pk][code].lacking,
            }
            for area in found.communes
        ],
    }
