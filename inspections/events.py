"""What is decided about committees, plans and visits; each leaves an event (`core.events`)."""

from django.utils.translation import gettext_lazy as _

from core.events import declare

COMMITTEE_FOUNDED = declare("committee.founded", _("Committee founded"))
COMMITTEE_PAPER_ISSUED = declare(
    "committee.paper_issued", _("Decision on a committee issued"), paper=_("paper")
)
MEMBER_APPOINTED = declare("member.appointed", _("Member appointed"), account=_("account"))
MEMBER_CHANGED = declare(
    "member.changed", _("Position, organisation or sector of a member changed")
)
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
PLAN_APPROVED_ALONE = declare(
    "plan.approved_alone",
    _("Inspection plan drafted and approved by one person"),
    communes=_("communes of the plan"),
    flags=_("flags in the plan"),
)
PLAN_PAPER_ISSUED = declare(
    "plan.paper_issued", _("Paper of the inspection plan issued"), paper=_("paper")
)
VISIT_ADDED = declare("visit.added", _("Commune added to the plan"))
VISIT_CHANGED = declare("visit.changed", _("Visit changed"))
VISITS_SCHEDULED = declare(
    "plan.scheduled", _("Days and members of visits changed"), visits=_("visits")
)
VISIT_MOVED = declare("visit.moved", _("Order of the visits changed"))
VISIT_REMOVED = declare("visit.removed", _("Commune taken out of the plan"))
VISIT_CANCELLED = declare("visit.cancelled", _("Visit called off"))
VISIT_NOTICE_ISSUED = declare(
    "visit.notice_issued", _("Notice of a visit called off issued"), paper=_("paper")
)
# Of an approved visit, beside the change itself: this one is of the commune's own history.
VISIT_DAY_MOVED = declare("visit.day_moved", _("Day of an approved visit changed"))
VISIT_MOVE_ISSUED = declare(
    "visit.move_issued", _("Notice of the new day of a visit issued"), paper=_("paper")
)
VISIT_MINUTES_ISSUED = declare(
    "visit.minutes_issued", _("Minutes of a visit issued"), paper=_("paper")
)
MINUTES_SCANNED = declare(
    "visit.minutes_scanned", _("Signed minutes of a visit kept"), scan=_("file")
)
VISIT_RESULT_ISSUED = declare(
    "visit.result_issued", _("Notice of the results of a visit issued"), paper=_("paper")
)
VISIT_REMEDIES_ISSUED = declare(
    "visit.remedies_issued", _("Report on the recommendations of a visit issued"), paper=_("paper")
)
VISIT_RECORDED = declare(
    "visit.recorded", _("Visit recorded"), recommendations=_("recommendations")
)
FINDINGS_WRITTEN = declare(
    "visit.findings",
    _("What a visit found was written down"),
    counts=_("pupils counted"),
    households=_("households checked"),
)
PHOTO_ADDED = declare("visit.photo_added", _("Photo of a visit added"), photos=_("photos"))
PHOTO_REMOVED = declare("visit.photo_removed", _("Photo of a visit taken out"), photos=_("photos"))
VISIT_SUPPLEMENTED = declare("visit.supplemented", _("Record of a visit supplemented"))
RECOMMENDATION_ANSWERED = declare(
    "recommendation.answered", _("Recommendation answered by those inspected"), proof=_("proof")
)
RECOMMENDATION_DONE = declare("recommendation.done", _("Recommendation carried out"))
RECOMMENDATION_REOPENED = declare("recommendation.reopened", _("Recommendation opened again"))
RECOMMENDATION_RAISED = declare(
    "recommendation.raised",
    _("Overdue recommendation told to the level above"),
    told=_("who was told"),
    days_late=_("days overdue"),
)
ACTION_PLAN_DRAFTED = declare("action_plan.drafted", _("Plan of action drawn up"))
ACTION_PLAN_CHANGED = declare("action_plan.changed", _("Draft of a plan of action changed"))
ACTION_PLAN_ISSUED = declare("action_plan.issued", _("Plan of action in force"))
ACTION_PLAN_AMENDED = declare("action_plan.amended", _("Plan of action amended"))
ACTION_PLAN_ENDED = declare("action_plan.ended", _("Plan of action ended"))
ACTION_PLAN_WITHDRAWN = declare("action_plan.withdrawn", _("Plan of action withdrawn"))
ACTION_ADDED = declare("action.added", _("Task given"))
ACTION_CHANGED = declare("action.changed", _("Task changed"))
ACTION_REPORTED = declare(
    "action.reported", _("Progress of a task reported"), progress=_("what was done")
)
ACTION_DONE = declare("action.done", _("Task reported as done"), progress=_("what was done"))
ACTION_VERIFIED = declare("action.verified", _("Task verified as done"))
ACTION_REOPENED = declare("action.reopened", _("Task opened again"))
ACTION_CANCELLED = declare("action.cancelled", _("Task cancelled"))
SCORE_ADJUSTED = declare(
    "score.adjusted",
    _("Points of a scorecard changed by a person"),
    criterion=_("criterion"),
    points=_("points"),
)
REGULATION_SET = declare("committee.regulation", _("Working regulation of a committee noted"))
MEETING_WRITTEN = declare("meeting.written", _("Meeting of a committee written down"))
MEETING_CORRECTED = declare("meeting.corrected", _("Meeting of a committee corrected"))
QUESTION_ADDED = declare("checklist.added", _("Question added to the checklist"))
QUESTION_CHANGED = declare("checklist.changed", _("Question of the checklist changed"))
QUESTION_ENDED = declare("checklist.ended", _("Question of the checklist no longer asked"))
CRITERION_ADDED = declare("criterion.added", _("Scoring criterion added"))
CRITERION_ENDED = declare("criterion.ended", _("Scoring criterion no longer counted"))
CRITERION_CHANGED = declare("criterion.changed", _("Scoring criterion changed"))
SCORECARD_CONFIRMED = declare("scorecard.confirmed", _("Scorecard confirmed"), points=_("points"))
SCORECARD_REOPENED = declare("scorecard.reopened", _("Confirmation of a scorecard taken back"))
CALENDAR_MADE = declare("calendar.made", _("Calendar address made"))
CALENDAR_REVOKED = declare("calendar.revoked", _("Calendar address taken back"))
