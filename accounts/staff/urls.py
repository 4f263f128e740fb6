from django.urls import path

from .views import classes, imports, people, schools

app_name = "staff"

urlpatterns = [
    path("", schools.staff, name="staff"),
    path("schools/<int:school_id>/", schools.school, name="school"),
    path("schools/<int:school_id>/add/", people.person_add, name="person_add"),
    path("schools/<int:school_id>/classes/", classes.classes, name="classes"),
    path("schools/<int:school_id>/people/<int:person_id>/post/", people.post_add, name="post_add"),
    path("<int:person_id>/", people.person, name="person"),
    path("<int:person_id>/edit/", people.person_edit, name="person_edit"),
    path("posts/<int:post_id>/end/", people.post_end, name="post_end"),
    path("posts/<int:post_id>/role/", people.head_role, name="head_role"),
    path("classes/<int:class_id>/", classes.school_class, name="school_class"),
    path("classes/<int:class_id>/substitute/", classes.substitute, name="substitute"),
    path("assignments/<int:assignment_id>/end/", classes.assignment_end, name="assignment_end"),
    path("grants/<int:grant_id>/end/", classes.grant_end, name="grant_end"),
    path("import/", imports.import_upload_all, name="import_upload_all"),
    path("import/template/", imports.import_template_all, name="import_template_all"),
    path("schools/<int:school_id>/import/", imports.import_upload, name="import_upload"),
    path(
        "schools/<int:school_id>/import/template/", imports.import_template, name="import_template"
    ),
    path("imports/<uuid:run_id>/", imports.import_run, name="import_run"),
    path("imports/<uuid:run_id>/save/", imports.import_save, name="import_save"),
    path("imports/<uuid:run_id>/check/", imports.import_check, name="import_check"),
    path("imports/<uuid:run_id>/cancel/", imports.import_cancel, name="import_cancel"),
    path("imports/<uuid:run_id>/marked/", imports.import_marked, name="import_marked"),
]
