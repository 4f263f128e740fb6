from django.urls import path

from .action_plans.views import giving, tasks
from .action_plans.views import plans as action_plans
from .calendar import views as calendar
from .checklist import views as checklist
from .effect import views as effect
from .meetings import views as meetings
from .papers import views as papers
from .recommendations import views as followed
from .scorecards import views as scorecards
from .views import committees, findings, inspected, photos, plans, visits
from .year_plan import views as year_plan

app_name = "inspections"
urlpatterns = [
    path("plans/", plans.plans, name="plans"),
    path("plans/waiting/", plans.waiting, name="waiting"),
    path("plans/several-months/", year_plan.year_plan, name="year_plan"),
    path("plans/<int:plan_id>/", plans.plan, name="plan"),
    path("plans/<int:plan_id>/redraft/", plans.plan_redraft, name="plan_redraft"),
    path("plans/<int:plan_id>/approve/", plans.plan_approve, name="plan_approve"),
    path("plans/<int:plan_id>/schedule/", plans.plan_schedule, name="plan_schedule"),
    path("plans/<int:plan_id>/visits/", plans.plan_visit_add, name="plan_visit_add"),
    path("plans/<int:plan_id>/visits/<int:visit_id>/", plans.plan_visit, name="plan_visit"),
    path(
        "plans/<int:plan_id>/visits/<int:visit_id>/remove/",
        plans.plan_visit_remove,
        name="plan_visit_remove",
    ),
    path(
        "plans/<int:plan_id>/visits/<int:visit_id>/move/",
        plans.plan_visit_move,
        name="plan_visit_move",
    ),
    path(
        "plans/<int:plan_id>/visits/<int:visit_id>/cancel/",
        plans.plan_visit_cancel,
        name="plan_visit_cancel",
    ),
    path("plans/<int:plan_id>/papers/<slug:kind>/", papers.plan_paper, name="plan_paper"),
    path(
        "plans/<int:plan_id>/papers/<slug:kind>/issue/",
        papers.plan_paper_issue,
        name="plan_paper_issue",
    ),
    path("plans/<int:plan_id>/effect/", effect.plan, name="plan_effect"),
    path("effect/", effect.year, name="effect"),
    path("mine/", visits.mine, name="mine"),
    path("calendar/make/", calendar.make, name="calendar_make"),
    path("calendar/take-back/", calendar.revoke, name="calendar_revoke"),
    path("calendar/<str:token>.ics", calendar.feed, name="calendar_feed"),
    path("visits/<int:visit_id>/", visits.visit, name="visit"),
    path("visits/<int:visit_id>/checklist/", findings.checklist, name="checklist"),
    path("visits/<int:visit_id>/counts/<int:school_id>/", findings.counts, name="counts"),
    path("visits/<int:visit_id>/households/", findings.households, name="households"),
    path("visits/<int:visit_id>/photos/", photos.photos, name="photos"),
    path("visits/<int:visit_id>/photos/<int:photo_id>/", photos.photo, name="photo"),
    path(
        "visits/<int:visit_id>/photos/<int:photo_id>/remove/",
        photos.photo_remove,
        name="photo_remove",
    ),
    path("visits/<int:visit_id>/paper/", papers.visit_paper, name="visit_paper"),
    path("visits/<int:visit_id>/papers/<slug:kind>/", papers.visit_paper_of, name="visit_paper_of"),
    path(
        "visits/<int:visit_id>/papers/<slug:kind>/issue/",
        papers.visit_paper_issue,
        name="visit_paper_issue",
    ),
    path("visits/here/", inspected.visits_here, name="visits_here"),
    path("visits/here/<int:visit_id>/", inspected.visit_here, name="visit_here"),
    path("visits/here/<int:visit_id>/report/", inspected.visit_report, name="visit_report"),
    path(
        "visits/here/<int:visit_id>/report/issue/",
        inspected.visit_report_issue,
        name="visit_report_issue",
    ),
    path(
        "visits/here/<int:visit_id>/papers/<int:paper_id>/",
        inspected.visit_here_paper,
        name="visit_here_paper",
    ),
    path("visits/<int:visit_id>/minutes/", findings.minutes, name="minutes"),
    path("visits/<int:visit_id>/scans/new/", findings.scan_add, name="visit_scan_add"),
    path("visits/<int:visit_id>/scans/<int:scan_id>/", findings.scan, name="visit_scan"),
    path("visits/<int:visit_id>/effect/", effect.visit, name="visit_effect"),
    path("visits/<int:visit_id>/supplement/", findings.supplement, name="supplement"),
    path("recommendations/", visits.recommendations, name="recommendations"),
    path("recommendations/followed/", followed.recommendation_list, name="recommendation_list"),
    path(
        "recommendations/followed/excel/",
        followed.recommendation_list_excel,
        name="recommendation_list_excel",
    ),
    path(
        "recommendations/<int:recommendation_id>/answer/",
        visits.recommendation_answer,
        name="recommendation_answer",
    ),
    path(
        "recommendations/proof/<int:proof_id>/",
        visits.recommendation_proof,
        name="recommendation_proof",
    ),
    path(
        "recommendations/<int:recommendation_id>/done/",
        visits.recommendation_done,
        name="recommendation_done",
    ),
    path(
        "recommendations/<int:recommendation_id>/reopen/",
        visits.recommendation_reopen,
        name="recommendation_reopen",
    ),
    path("actions/", tasks.actions, name="actions"),
    path("actions/plans/", action_plans.action_plans, name="action_plans"),
    path("actions/plans/new/", action_plans.action_plan_new, name="action_plan_new"),
    path("actions/plans/<int:plan_id>/", action_plans.action_plan, name="action_plan"),
    path(
        "actions/plans/<int:plan_id>/edit/", action_plans.action_plan_edit, name="action_plan_edit"
    ),
    path(
        "actions/plans/<int:plan_id>/issue/",
        action_plans.action_plan_issue,
        name="action_plan_issue",
    ),
    path("actions/plans/<int:plan_id>/end/", action_plans.action_plan_end, name="action_plan_end"),
    path(
        "actions/plans/<int:plan_id>/withdraw/",
        action_plans.action_plan_withdraw,
        name="action_plan_withdraw",
    ),
    path(
        "actions/plans/<int:plan_id>/file/", action_plans.action_plan_file, name="action_plan_file"
    ),
    path(
        "actions/plans/<int:plan_id>/accept/",
        action_plans.action_plan_accept,
        name="action_plan_accept",
    ),
    path("actions/plans/<int:plan_id>/tasks/new/", giving.action_new, name="action_new"),
    path(
        "actions/recommendations/<int:recommendation_id>/new/",
        giving.action_from_recommendation,
        name="action_from_recommendation",
    ),
    path(
        "actions/assessments/<int:assessment_id>/new/",
        giving.action_from_assessment,
        name="action_from_assessment",
    ),
    path("actions/<int:item_id>/", tasks.action, name="action"),
    path("actions/<int:item_id>/edit/", giving.action_edit, name="action_edit"),
    path("actions/<int:item_id>/verify/", tasks.action_verify, name="action_verify"),
    path("actions/<int:item_id>/reopen/", tasks.action_reopen, name="action_reopen"),
    path("actions/<int:item_id>/cancel/", tasks.action_cancel, name="action_cancel"),
    path("actions/evidence/<int:progress_id>/", tasks.action_evidence, name="action_evidence"),
    path("committees/", committees.committees, name="committees"),
    path("committees/new/", committees.committee_found, name="committee_found"),
    path("checklist/", checklist.questions, name="questions"),
    path("checklist/new/", checklist.question_add, name="question_add"),
    path("checklist/<slug:code>/", checklist.question_change, name="question_change"),
    path("checklist/<slug:code>/end/", checklist.question_end, name="question_end"),
    path("criteria/", scorecards.criteria, name="criteria"),
    path("criteria/new/", scorecards.criterion_add, name="criterion_add"),
    path("criteria/<slug:code>/", scorecards.criterion_change, name="criterion_change"),
    path("criteria/<slug:code>/end/", scorecards.criterion_end, name="criterion_end"),
    path("committees/<int:committee_id>/", committees.committee, name="committee"),
    path(
        "committees/<int:committee_id>/members/", committees.member_appoint, name="member_appoint"
    ),
    path(
        "committees/<int:committee_id>/members/<int:member_id>/change/",
        committees.member_change,
        name="member_change",
    ),
    path(
        "committees/<int:committee_id>/members/<int:member_id>/assign/",
        committees.assign,
        name="assign",
    ),
    path(
        "committees/<int:committee_id>/members/<int:member_id>/end/",
        committees.member_end,
        name="member_end",
    ),
    path(
        "committees/<int:committee_id>/assignments/<int:assignment_id>/end/",
        committees.assignment_end,
        name="assignment_end",
    ),
    path(
        "committees/<int:committee_id>/regulation/",
        meetings.regulation_set,
        name="regulation_set",
    ),
    path(
        "committees/<int:committee_id>/regulation/file/",
        meetings.regulation_file,
        name="regulation_file",
    ),
    path("committees/<int:committee_id>/meetings/new/", meetings.meeting_add, name="meeting_add"),
    path(
        "committees/<int:committee_id>/meetings/<int:meeting_id>/",
        meetings.meeting,
        name="meeting",
    ),
    path(
        "committees/<int:committee_id>/meetings/<int:meeting_id>/edit/",
        meetings.meeting_edit,
        name="meeting_edit",
    ),
    path(
        "committees/<int:committee_id>/meetings/<int:meeting_id>/paper/",
        meetings.meeting_paper,
        name="meeting_paper",
    ),
    path(
        "committees/<int:committee_id>/papers/<slug:kind>/",
        papers.committee_paper,
        name="committee_paper",
    ),
    path(
        "committees/<int:committee_id>/papers/<slug:kind>/issue/",
        papers.committee_paper_issue,
        name="committee_paper_issue",
    ),
    path("committees/<int:committee_id>/scorecards/", scorecards.scorecards, name="scorecards"),
    path(
        "committees/<int:committee_id>/scorecards/file.<slug:extension>",
        scorecards.scorecards_file,
        name="scorecards_file",
    ),
    path(
        "committees/<int:committee_id>/scorecards/<int:member_id>/",
        scorecards.scorecard,
        name="scorecard",
    ),
    path(
        "committees/<int:committee_id>/scorecards/<int:member_id>/points/<slug:criterion>/",
        scorecards.score_adjust,
        name="score_adjust",
    ),
    path(
        "committees/<int:committee_id>/scorecards/<int:member_id>/confirm/",
        scorecards.scorecard_confirm,
        name="scorecard_confirm",
    ),
    path(
        "committees/<int:committee_id>/scorecards/<int:member_id>/take-back/",
        scorecards.scorecard_take_back,
        name="scorecard_take_back",
    ),
]
