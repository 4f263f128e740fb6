from django.urls import path

from .scorecards import views as scorecards
from .views import committees, findings, plans, visits

app_name = "inspections"
urlpatterns = [
    path("plans/", plans.plans, name="plans"),
    path("plans/waiting/", plans.waiting, name="waiting"),
    path("plans/<int:plan_id>/", plans.plan, name="plan"),
    path("plans/<int:plan_id>/redraft/", plans.plan_redraft, name="plan_redraft"),
    path("plans/<int:plan_id>/approve/", plans.plan_approve, name="plan_approve"),
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
    path("mine/", visits.mine, name="mine"),
    path("visits/<int:visit_id>/", visits.visit, name="visit"),
    path("visits/<int:visit_id>/checklist/", findings.checklist, name="checklist"),
    path("visits/<int:visit_id>/counts/<int:school_id>/", findings.counts, name="counts"),
    path("visits/<int:visit_id>/minutes/", findings.minutes, name="minutes"),
    path("visits/<int:visit_id>/supplement/", findings.supplement, name="supplement"),
    path("recommendations/", visits.recommendations, name="recommendations"),
    path(
        "recommendations/<int:recommendation_id>/answer/",
        visits.recommendation_answer,
        name="recommendation_answer",
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
    path("committees/", committees.committees, name="committees"),
    path("committees/new/", committees.committee_found, name="committee_found"),
    path("committees/<int:committee_id>/", committees.committee, name="committee"),
    path(
        "committees/<int:committee_id>/members/", committees.member_appoint, name="member_appoint"
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
    path("committees/<int:committee_id>/scorecards/", scorecards.scorecards, name="scorecards"),
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
