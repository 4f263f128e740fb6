"""What is decided about committees, plans and visits; each leaves an event (`core.events`)."""

from django.utils.translation import gettext_lazy as _

from core.events import declare

COMMITTEE_FOUNDED = declare("committee.founded", _("Committee founded"))
MEMBER_APPOINTED = declare("member.appointed", _("Member appointed"), account=_("account"))
MEMBER_ENDED = declare("member.ended", _("Term of a member ended"))
COMMUNE_ASSIGNED = declare("assignment.made", _("Commune assigned to a member"))
ASSIGNMENT_ENDED = declare("assignment.ended", _("Assignment of a commune ended"))
PLAN_DRAFTED = declare(
    "plan.drafted", _("Inspection plan drafted"), communes=_("communes of the plan")
)
PLAN_REDRAFTED = declare(
    "plan.redrafted", _("Inspection plan drafted anew"), communes=_("communes of the plan")
)
PLAN_APPROVED = declare(
    "plan.approved",
    _("Inspection plan approved"),
    communes=_("communes of the plan"),
    flags=_("flags in the plan"),
)
VISIT_ADDED = declare("visit.added", _("Commune added to the plan"))
VISIT_CHANGED = declare("visit.changed", _("Visit changed"))
VISIT_MOVED = declare("visit.moved", _("Order of the visits changed"))
VISIT_REMOVED = declare("visit.removed", _("Commune taken out of the plan"))
VISIT_CANCELLED = declare("visit.cancelled", _("Visit called off"))
VISIT_RECORDED = declare(
    "visit.recorded", _("Visit recorded"), recommendations=_("recommendations")
)
FINDINGS_WRITTEN = declare(
    "visit.findings", _("What a visit found was written down"), counts=_("pupils counted")
)
VISIT_SUPPLEMENTED = declare("visit.supplemented", _("Record of a visit supplemented"))
RECOMMENDATION_ANSWERED = declare(
    "recommendation.answered", _("Recommendation answered by those inspected")
)
RECOMMENDATION_DONE = declare("recommendation.done", _("Recommendation carried out"))
RECOMMENDATION_REOPENED = declare("recommendation.reopened", _("Recommendation opened again"))
SCORE_ADJUSTED = declare(
    "score.adjusted",
    _("Points of a scorecard changed by a person"),
    criterion=_("criterion"),
    points=_("points"),
)
SCORECARD_CONFIRMED = declare("scorecard.confirmed", _("Scorecard confirmed"), points=_("points"))
SCORECARD_REOPENED = declare("scorecard.reopened", _("Confirmation of a scorecard taken back"))
