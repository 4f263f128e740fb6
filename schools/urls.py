from django.urls import path

from .boarding.views import eligibility, schemes, semi_boarders
from .class_changes import views as class_changes
from .clusters import views as clusters
from .dated_rules import views as dated_rules
from .directory.views import classes, schools
from .event_log import views as events
from .ledger import views as ledger
from .personal_data import views as personal
from .pupil_export import views as exports
from .pupil_import import views as imports
from .pupil_merging import views as pupil_records
from .pupils.views import enrolments, pupils
from .reorganisations import views as decrees
from .school_import import views as school_import
from .school_records.views import changes, records
from .school_years import views as years
from .search.views import search
from .transfers import views as transfers
from .year_turn import views as year_turn

app_name = "schools"

urlpatterns = [
    path("", schools.school_list, name="schools"),
    path("search/", search, name="search"),
    path("events/", events.events, name="events"),
    path("<int:school_id>/", schools.school, name="school"),
    path("<int:school_id>/sites/add/", schools.site_add, name="site_add"),
    path("<int:school_id>/classes/add/", classes.class_add, name="class_add"),
    path("sites/<int:site_id>/rename/", schools.site_rename, name="site_rename"),
    path("sites/<int:site_id>/close/", schools.site_close, name="site_close"),
    path("records/", records.school_records, name="records"),
    path("records/open/", changes.school_open, name="school_open"),
    path("records/<int:school_id>/", records.school_record, name="record"),
    path("records/<int:school_id>/change/", changes.school_change, name="school_change"),
    path("records/<int:school_id>/move/", changes.school_move, name="school_move"),
    path("records/<int:school_id>/merge/", changes.school_merge, name="school_merge"),
    path("records/<int:school_id>/split/", changes.school_split, name="school_split"),
    path("records/<int:school_id>/close/", changes.school_close, name="school_close"),
    path("files/", school_import.school_files, name="school_files"),
    path("files/template/", school_import.school_template, name="school_template"),
    path("files/<uuid:list_id>/", school_import.school_list_file, name="school_list_file"),
    path("decrees/", decrees.decrees, name="decrees"),
    path("decrees/template/", decrees.template, name="decree_template"),
    path("decrees/apply/", decrees.apply, name="decree_apply"),
    path("decrees/<int:decree_id>/undo/", decrees.undo, name="decree_undo"),
    path("clusters/", clusters.clusters, name="clusters"),
    path("clusters/add/", clusters.cluster_add, name="cluster_add"),
    path("clusters/take-over/", clusters.clusters_take_over, name="clusters_take_over"),
    path("clusters/out/", clusters.communes_out, name="communes_out"),
    path("clusters/<int:cluster_id>/rename/", clusters.cluster_rename, name="cluster_rename"),
    path("clusters/<int:cluster_id>/communes/", clusters.cluster_communes, name="cluster_communes"),
    path("clusters/<int:cluster_id>/end/", clusters.cluster_end, name="cluster_end"),
    path(
        "clusters/communes/<int:membership_id>/take-back/",
        clusters.cluster_take_back,
        name="cluster_take_back",
    ),
    path("rules/", dated_rules.dated_rules, name="rules"),
    path("rules/rows/<int:row_id>/remove/", dated_rules.rule_remove, name="rule_remove"),
    path("rules/rows/<int:row_id>/end/", dated_rules.rule_level_end, name="rule_level_end"),
    path("rules/rows/<int:row_id>/keep/", dated_rules.rule_level_keep, name="rule_level_keep"),
    path("rules/<str:key>/", dated_rules.dated_rule, name="rule"),
    path("years/", years.school_years, name="years"),
    path("years/open/", years.year_open, name="year_open"),
    path("years/<str:code>/close/", years.year_close, name="year_close"),
    path("years/<str:code>/reopen/", years.year_reopen, name="year_reopen"),
    path("years/<str:code>/remove/", years.year_remove, name="year_remove"),
    path("boarding/areas/<int:area_id>/", eligibility.area, name="boarding_area"),
    path("<int:school_id>/boarding/", eligibility.school, name="boarding_school"),
    path("<int:school_id>/boarding/review/", schemes.review, name="scheme_review"),
    path("schemes/<int:scheme_id>/", schemes.scheme, name="scheme"),
    path("schemes/<int:scheme_id>/draft/", schemes.draft, name="scheme_draft"),
    path("schemes/<int:scheme_id>/appraise/", schemes.appraise, name="scheme_appraise"),
    path("schemes/<int:scheme_id>/approve/", schemes.approve, name="scheme_approve"),
    path("schemes/<int:scheme_id>/back/", schemes.send_back, name="scheme_return"),
    path("schemes/<int:scheme_id>/withdraw/", schemes.withdraw, name="scheme_withdraw"),
    path(
        "classes/<int:class_id>/semi-boarders/",
        semi_boarders.of_class,
        name="class_semi_boarders",
    ),
    path("pupils/<int:pupil_id>/semi-boarding/", semi_boarders.begin, name="semi_boarding_begin"),
    path("semi-boarding/<int:time_id>/", semi_boarders.change, name="semi_boarding_change"),
    path("semi-boarding/<int:time_id>/remove/", semi_boarders.remove, name="semi_boarding_remove"),
    path("ledger/areas/<int:area_id>/", ledger.area, name="ledger_area"),
    path("<int:school_id>/ledger/", ledger.school, name="ledger_school"),
    path("classes/<int:class_id>/ledger/", ledger.school_class, name="ledger_class"),
    path("year-turns/", year_turn.year_turns, name="year_turns"),
    path("<int:school_id>/year-turn/", year_turn.year_turn, name="year_turn"),
    path("<int:school_id>/year-turn/undo/", year_turn.year_turn_undo, name="year_turn_undo"),
    path("<int:school_id>/arrivals/", year_turn.arrivals, name="arrivals"),
    path("classes/<int:class_id>/edit/", classes.class_edit, name="class_edit"),
    path("classes/<int:class_id>/end/", classes.class_end, name="class_end"),
    path("classes/<int:class_id>/merge/", class_changes.class_merge, name="class_merge"),
    path("classes/<int:class_id>/split/", class_changes.class_split, name="class_split"),
    path("classes/<int:class_id>/", classes.school_class, name="school_class"),
    path("classes/<int:class_id>/pupils/add/", pupils.pupil_add, name="pupil_add"),
    path("pupils/<int:pupil_id>/", pupils.pupil, name="pupil"),
    path("pupils/<int:pupil_id>/edit/", pupils.pupil_edit, name="pupil_edit"),
    path("pupils/<int:pupil_id>/readmit/", enrolments.readmit, name="readmit"),
    path("pupils/<int:pupil_id>/merge/", pupil_records.merge, name="pupil_merge"),
    path("pupils/<int:pupil_id>/apart/", pupil_records.apart, name="pupil_apart"),
    path("pupils/<int:pupil_id>/remove/", pupil_records.remove, name="pupil_remove"),
    path("pupils/<int:pupil_id>/seen/", personal.pupil_seen, name="pupil_seen"),
    path("pupils/<int:pupil_id>/data/", personal.pupil_data, name="pupil_data"),
    path("pupils/<int:pupil_id>/anonymous/", personal.erasure_ask, name="erasure_ask"),
    path("pupils/<int:pupil_id>/hold/", personal.hold, name="hold"),
    path("pupils/<int:pupil_id>/hold/end/", personal.hold_lift, name="hold_lift"),
    path("<int:school_id>/seen/", personal.school_seen, name="school_seen"),
    path("names-shown/", personal.trail_counts, name="trail_counts"),
    path("erasures/<int:erasure_id>/", personal.erasure_decide, name="erasure_decide"),
    path("merges/<int:merge_id>/undo/", pupil_records.merge_undo, name="merge_undo"),
    path("enrolments/<int:enrolment_id>/move/", enrolments.move, name="move"),
    path("enrolments/<int:enrolment_id>/leave/", enrolments.leave, name="leave"),
    path("enrolments/<int:enrolment_id>/undo/", enrolments.undo_leaving, name="undo_leaving"),
    path("enrolments/<int:enrolment_id>/send/", transfers.send, name="transfer_send"),
    path("transfers/", transfers.transfers, name="transfers"),
    path("transfers/<int:transfer_id>/receive/", transfers.receive, name="transfer_receive"),
    path("transfers/<int:transfer_id>/back/", transfers.send_back, name="transfer_back"),
    path("transfers/<int:transfer_id>/on/", transfers.send_on, name="transfer_on"),
    path("transfers/<int:transfer_id>/dropout/", transfers.dropped_out, name="transfer_dropout"),
    path("<int:school_id>/import/", imports.import_upload, name="import_upload"),
    path("<int:school_id>/import/template/", imports.import_template, name="import_template"),
    path("<int:school_id>/import/example/", imports.import_example, name="import_example"),
    path("<int:school_id>/export/", exports.export_school, name="pupils_export_school"),
    path("export/", exports.export_all, name="pupils_export_all"),
    path("exports/<uuid:run_id>/", exports.export_run, name="pupils_export"),
    path("exports/<uuid:run_id>/file/", exports.export_file, name="pupils_export_file"),
    path("exports/<uuid:run_id>/cancel/", exports.export_cancel, name="pupils_export_cancel"),
    path("import/", imports.import_upload_all, name="import_upload_all"),
    path("import/template/", imports.import_template_all, name="import_template_all"),
    path("import/example/", imports.import_example_all, name="import_example_all"),
    path(
        "imports/<uuid:batch_id>/schools/<int:school_id>/",
        imports.import_batch_school,
        name="import_batch_school",
    ),
    path("imports/<uuid:batch_id>/", imports.import_batch, name="import_batch"),
    path("imports/<uuid:batch_id>/save/", imports.import_save, name="import_save"),
    path("imports/<uuid:batch_id>/check/", imports.import_check, name="import_check"),
    path("imports/<uuid:batch_id>/cancel/", imports.import_cancel, name="import_cancel"),
    path("imports/<uuid:batch_id>/marked/", imports.import_marked, name="import_marked"),
]
