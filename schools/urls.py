from django.urls import path

from .views import classes, enrolments, events, imports, personal, pupils, records, schools

app_name = "schools"

urlpatterns = [
    path("", schools.school_list, name="schools"),
    path("events/", events.events, name="events"),
    path("<int:school_id>/", schools.school, name="school"),
    path("<int:school_id>/sites/add/", schools.site_add, name="site_add"),
    path("<int:school_id>/classes/add/", classes.class_add, name="class_add"),
    path("classes/<int:class_id>/", classes.school_class, name="school_class"),
    path("classes/<int:class_id>/pupils/add/", pupils.pupil_add, name="pupil_add"),
    path("pupils/<int:pupil_id>/", pupils.pupil, name="pupil"),
    path("pupils/<int:pupil_id>/edit/", pupils.pupil_edit, name="pupil_edit"),
    path("pupils/<int:pupil_id>/readmit/", enrolments.readmit, name="readmit"),
    path("pupils/<int:pupil_id>/merge/", records.merge, name="pupil_merge"),
    path("pupils/<int:pupil_id>/apart/", records.apart, name="pupil_apart"),
    path("pupils/<int:pupil_id>/remove/", records.remove, name="pupil_remove"),
    path("pupils/<int:pupil_id>/seen/", personal.pupil_seen, name="pupil_seen"),
    path("pupils/<int:pupil_id>/data/", personal.pupil_data, name="pupil_data"),
    path("pupils/<int:pupil_id>/anonymous/", personal.erasure_ask, name="erasure_ask"),
    path("pupils/<int:pupil_id>/hold/", personal.hold, name="hold"),
    path("pupils/<int:pupil_id>/hold/end/", personal.hold_lift, name="hold_lift"),
    path("<int:school_id>/seen/", personal.school_seen, name="school_seen"),
    path("names-shown/", personal.trail_counts, name="trail_counts"),
    path("erasures/<int:erasure_id>/", personal.erasure_decide, name="erasure_decide"),
    path("merges/<int:merge_id>/undo/", records.merge_undo, name="merge_undo"),
    path("enrolments/<int:enrolment_id>/move/", enrolments.move, name="move"),
    path("enrolments/<int:enrolment_id>/leave/", enrolments.leave, name="leave"),
    path("enrolments/<int:enrolment_id>/undo/", enrolments.undo_leaving, name="undo_leaving"),
    path("<int:school_id>/import/", imports.import_upload, name="import_upload"),
    path("<int:school_id>/import/template/", imports.import_template, name="import_template"),
    path("<int:school_id>/import/example/", imports.import_example, name="import_example"),
    path("imports/<uuid:batch_id>/", imports.import_batch, name="import_batch"),
    path("imports/<uuid:batch_id>/save/", imports.import_save, name="import_save"),
    path("imports/<uuid:batch_id>/check/", imports.import_check, name="import_check"),
    path("imports/<uuid:batch_id>/marked/", imports.import_marked, name="import_marked"),
]
