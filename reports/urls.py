from django.urls import path

from .explanation import views as explanation
from .month_review import views as month
from .papers import views as papers
from .papers.abbreviations import views as paper_symbols
from .papers.word_templates import views as paper_templates
from .similar_places import views as similar_places
from .target_rehearsal import views as target_rehearsal
from .views import dashboards, missing, mobilisation, pages, risks, runs, yearly_forms

app_name = "reports"
urlpatterns = [
    path("", dashboards.start, name="start"),
    path("areas/<int:area_id>/", dashboards.area, name="area"),
    path("areas/<int:area_id>/mobilisation/", mobilisation.mobilisation, name="mobilisation"),
    path("areas/<int:area_id>/forms/", yearly_forms.yearly_forms, name="yearly_forms"),
    path("schools/<int:school_id>/", dashboards.school, name="school"),
    path("classes/<int:class_id>/", dashboards.school_class, name="school_class"),
    path("pupils/<int:pupil_id>/", dashboards.pupil, name="pupil"),
    path("explain/areas/<int:area_id>/", explanation.area, name="explain_area"),
    path("explain/areas/<int:area_id>/excel/", explanation.area_excel, name="explain_area_excel"),
    path("explain/schools/<int:school_id>/", explanation.school, name="explain_school"),
    path(
        "explain/schools/<int:school_id>/excel/",
        explanation.school_excel,
        name="explain_school_excel",
    ),
    path("explain/classes/<int:class_id>/", explanation.school_class, name="explain_class"),
    path(
        "explain/classes/<int:class_id>/excel/",
        explanation.class_excel,
        name="explain_class_excel",
    ),
    path("similar/areas/<int:area_id>/", similar_places.area, name="similar_area"),
    path("similar/schools/<int:school_id>/", similar_places.school, name="similar_school"),
    path("missing/", missing.start, name="missing"),
    path("missing/areas/<int:area_id>/", missing.area, name="missing_area"),
    path("missing/areas/<int:area_id>/remind/", missing.remind_area, name="remind_area"),
    path("missing/schools/<int:school_id>/", missing.school, name="missing_school"),
    path("missing/schools/<int:school_id>/remind/", missing.remind_school, name="remind_school"),
    path("risks/", risks.pupils, name="risks"),
    path("flags/", pages.flags, name="flags"),
    path("targets/", pages.targets, name="targets"),
    path("targets/rehearsal/", target_rehearsal.rehearsal, name="target_rehearsal"),
    path("indicators/", pages.indicators, name="indicators"),
    path("month/", month.month, name="month"),
    path("month/areas/<int:area_id>/", month.month_area, name="month_area"),
    path("month/areas/<int:area_id>/remind/", month.month_remind, name="month_remind"),
    path("month/areas/<int:area_id>/publish/", month.publish, name="month_publish"),
    path("month/areas/<int:area_id>/assessment/", month.assessment, name="month_assessment"),
    path(
        "month/areas/<int:area_id>/assessment/return/",
        month.assessment_return,
        name="month_assessment_return",
    ),
    path("month/schools/<int:school_id>/", month.month_school, name="month_school"),
    path("month/schools/<int:school_id>/withdraw/", month.month_withdraw, name="month_withdraw"),
    path("month/publications/<int:publication_id>/", month.publication, name="publication"),
    path(
        "month/publications/<int:publication_id>/acknowledge/",
        month.acknowledge,
        name="publication_acknowledge",
    ),
    path(
        "month/publications/<int:publication_id>/csv/",
        month.publication_csv,
        name="publication_csv",
    ),
    path(
        "month/publications/<int:publication_id>/adx/",
        month.publication_adx,
        name="publication_adx",
    ),
    path(
        "month/publications/<int:publication_id>/reopen/",
        month.reopen,
        name="publication_reopen",
    ),
    path("runs/", runs.runs, name="runs"),
    path("runs/<uuid:run_id>/", runs.run, name="run"),
    path("runs/<uuid:run_id>/cancel/", runs.run_cancel, name="run_cancel"),
    path("runs/<uuid:run_id>/file/", runs.run_file, name="run_file"),
    path("runs/<uuid:run_id>/issue/", papers.issue, name="paper_issue"),
    path("papers/", papers.papers, name="papers"),
    path("papers/excel/", papers.papers_excel, name="papers_excel"),
    path("papers/symbols/", paper_symbols.symbols, name="paper_symbols"),
    path("papers/symbols/add/", paper_symbols.symbol_add, name="paper_symbol_add"),
    path(
        "papers/symbols/rows/<int:row_id>/remove/",
        paper_symbols.symbol_remove,
        name="paper_symbol_remove",
    ),
    path("papers/symbols/<str:key>/", paper_symbols.symbol_change, name="paper_symbol"),
    path("papers/templates/", paper_templates.templates, name="paper_templates"),
    path("papers/templates/<slug:paper>/", paper_templates.template, name="paper_template"),
    path(
        "papers/templates/<slug:paper>/trial/<uuid:upload_id>/",
        paper_templates.template_trial,
        name="paper_template_trial",
    ),
    path(
        "papers/templates/<slug:paper>/trial/<uuid:upload_id>/file/",
        paper_templates.template_trial_file,
        name="paper_template_trial_file",
    ),
    path(
        "papers/templates/<slug:paper>/trial/<uuid:upload_id>/discard/",
        paper_templates.template_discard,
        name="paper_template_discard",
    ),
    path(
        "papers/templates/<slug:paper>/file/",
        paper_templates.template_file,
        name="paper_template_file",
    ),
    path(
        "papers/templates/versions/<int:template_id>/example/",
        paper_templates.template_example,
        name="paper_template_example",
    ),
    path(
        "papers/templates/versions/<int:template_id>/end/",
        paper_templates.template_end,
        name="paper_template_end",
    ),
    path("papers/<int:paper_id>/", papers.paper, name="paper"),
    path("papers/<int:paper_id>/file/", papers.paper_file, name="paper_file"),
]
