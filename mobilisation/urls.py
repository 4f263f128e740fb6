from django.urls import path

from .assigned import views as assigned
from .campaigns import views as campaigns
from .case_effect import views as case_effect
from .cases import views as cases
from .matching import views as matching
from .rates import views as rates
from .standards import views as standards
from .survey_entry import views as entry
from .survey_import import views as imports
from .surveys import views as surveys

app_name = "mobilisation"

urlpatterns = [
    path("", surveys.communes, name="communes"),
    path("<int:area_id>/", surveys.commune, name="commune"),
    path("<int:area_id>/village/", surveys.village, name="village"),
    path("<int:area_id>/open/", entry.round_open, name="round_open"),
    path("<int:area_id>/households/", entry.households, name="households"),
    path("<int:area_id>/households/add/", entry.household_add, name="household_add"),
    path("households/<int:household_id>/", entry.household, name="household"),
    path("households/<int:household_id>/change/", entry.household_change, name="household_change"),
    path("households/<int:household_id>/add/", entry.person_add, name="person_add"),
    path("persons/<int:person_id>/", entry.person, name="person"),
    path("persons/<int:person_id>/remove/", entry.person_remove, name="person_remove"),
    path("persons/<int:person_id>/restore/", entry.person_restore, name="person_restore"),
    path("<int:area_id>/missing/", rates.missing, name="missing"),
    path("<int:area_id>/standards/", standards.standards, name="standards"),
    path("<int:area_id>/standards/missing/", standards.standards_missing, name="standards_missing"),
    path("<int:area_id>/literacy/", standards.literacy, name="literacy"),
    path("<int:area_id>/literacy/file/", standards.literacy_file, name="literacy_file"),
    path("assigned/", assigned.assigned, name="assigned"),
    path("assigned/file/", assigned.assigned_file, name="assigned_file"),
    path("assigned/<int:area_id>/", assigned.assigned_commune, name="assigned_commune"),
    path("assigned/schools/<int:school_id>/", assigned.assigned_school, name="assigned_school"),
    path("difficult/", standards.designations, name="designations"),
    path("<int:area_id>/rolls/", matching.rolls, name="rolls"),
    path("<int:area_id>/rolls/file/", matching.to_bring_file, name="to_bring_file"),
    path("<int:area_id>/rolls/search/", matching.search, name="search"),
    path("<int:area_id>/rolls/certain/", matching.confirm_certain, name="confirm_certain"),
    path("proposals/<int:proposal_id>/", matching.answer, name="answer"),
    path("matches/<int:match_id>/undo/", matching.undo, name="undo"),
    path("<int:area_id>/import/", imports.import_upload, name="import_upload"),
    path("<int:area_id>/import/template/", imports.import_template, name="import_template"),
    path("cases/", cases.cases, name="cases"),
    path("cases/counts/", cases.counts, name="case_counts"),
    path("cases/effect/", case_effect.effect, name="case_effect"),
    path("cases/effect/<int:area_id>/", case_effect.effect_of_area, name="case_effect_of_area"),
    path(
        "cases/effect/school/<int:school_id>/",
        case_effect.effect_of_school,
        name="case_effect_of_school",
    ),
    path("campaigns/", campaigns.campaigns, name="campaigns"),
    path("campaigns/<int:campaign_id>/", campaigns.campaign, name="campaign"),
    path("cases/round/", cases.visiting_round, name="visiting_round"),
    path("cases/open/child/<int:person_id>/", cases.open_of_person, name="case_of_person"),
    path("cases/open/pupil/<int:pupil_id>/", cases.open_of_pupil, name="case_of_pupil"),
    path("cases/<int:case_id>/", cases.case, name="case"),
    path("cases/<int:case_id>/change/", cases.change, name="case_change"),
    path("cases/<int:case_id>/close/", cases.close, name="case_close"),
    path("cases/<int:case_id>/reopen/", cases.reopen, name="case_reopen"),
    path("imports/<uuid:run_id>/", imports.import_run, name="import_run"),
    path("imports/<uuid:run_id>/save/", imports.import_save, name="import_save"),
    path("imports/<uuid:run_id>/check/", imports.import_check, name="import_check"),
    path("imports/<uuid:run_id>/cancel/", imports.import_cancel, name="import_cancel"),
    path("imports/<uuid:run_id>/marked/", imports.import_marked, name="import_marked"),
]
