"""API of inspections: the visits a person is in charge of, may see the plans of, or received."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers

from core.api import SINCE, Listing, answers
from core.permissions import KeyScope
from core.permissions import Permission as P

from .models import Visit
from .selectors.visits import visits_told_to


class VisitSerializer(serializers.ModelSerializer):
    commune = serializers.CharField(source="commune.code")
    commune_name = serializers.CharField(source="commune.title")
    month = serializers.DateField(source="plan.month", format="%Y-%m")
    plan = serializers.IntegerField(source="plan_id")
    member = serializers.CharField(source="member.full_name", allow_null=True, default=None)
    reason = serializers.SerializerMethodField(help_text="empty for a school")
    updated_at = serializers.DateTimeField()

    class Meta:
        model = Visit
        fields = [
            *("id", "plan", "month", "commune", "commune_name", "level", "reason", "member"),
            *("planned_on", "state", "visited_on", "result", "updated_at"),
        ]

    def get_reason(self, visit) -> str:
        return visit.reason if visit.reads_reason else ""


class Inspections(Listing):
    """Visits planned and made, newest plan first: of the plans the caller may see, the caller's
    own, and those that the caller's commune or school reads on its page."""

    needs = (P.VIEW_PLANS, P.RECORD_VISIT, P.ANSWER_RECOMMENDATIONS)
    key_scopes = {"GET": frozenset({KeyScope.FIGURES, KeyScope.ACTIONS})}
    serializer_class = VisitSerializer

    @extend_schema(
        operation_id="inspections",
        summary="Visits planned and made",
        parameters=[OpenApiParameter("state", str, enum=Visit.State.values), *SINCE],
        responses=answers(400, 404, http_200=VisitSerializer(many=True)),
    )
    def get(self, request):
        asked = VisitsQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        state = asked.validated_data.get("state")
        return self.answer(
            self.by_changes(visits_told_to(request.user, request.scope, state=state))
        )


class VisitsQuery(serializers.Serializer):
    """Which visits are asked for."""

    state = serializers.ChoiceField(Visit.State.choices, required=False)
