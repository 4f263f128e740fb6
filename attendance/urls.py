from django.urls import path, register_converter

from .boarding_support import views as boarding_support
from .calendar.views import closures, frames, holidays, patterns
from .converters import DateConverter, MonthConverter, SessionConverter
from .leave import views as leaves
from .month_sheet import views as month
from .month_workbook import views as workbooks
from .offline import views as offline
from .practice import views as practice
from .registers.views import history, sheet, today
from .reopenings import views as reopenings
from .rolls import views as rolls

register_converter(DateConverter, "day")
register_converter(MonthConverter, "month")
register_converter(SessionConverter, "session")

app_name = "attendance"
urlpatterns = [
    path("today/", today.today, name="today"),
    path("pocket/", offline.offline, name="offline"),
    path("practice/", practice.practice, name="practice"),
    path("<int:class_id>/<day:date>/<session:session>/", sheet.sheet, name="sheet"),
    path("<int:class_id>/<day:date>/<session:session>/history/", history.history, name="history"),
    path(
        "<int:class_id>/<day:date>/<session:session>/reopen/", reopenings.ask, name="reopening_ask"
    ),
    path("<int:class_id>/month/<month:month>/", month.month, name="month"),
    path(
        "<int:class_id>/month/<month:month>/register.pdf", month.register_pdf, name="register_pdf"
    ),
    path(
        "<int:class_id>/month/<month:month>/register.xlsx",
        month.register_excel,
        name="register_excel",
    ),
    path("<int:class_id>/<month:month>/workbook/", workbooks.workbook, name="workbook"),
    path("<int:class_id>/<month:month>/workbook/file/", workbooks.file, name="workbook_file"),
    path("workbooks/<uuid:batch_id>/", workbooks.batch, name="workbook_batch"),
    path("workbooks/<uuid:batch_id>/save/", workbooks.save, name="workbook_save"),
    path("workbooks/<uuid:batch_id>/cancel/", workbooks.cancel, name="workbook_cancel"),
    path("workbooks/<uuid:batch_id>/marked/", workbooks.marked, name="workbook_marked"),
    path("reopenings/", reopenings.reopenings, name="reopenings"),
    path("reopenings/open/", reopenings.open_again, name="reopening_open"),
    path("reopenings/<int:reopening_id>/", reopenings.decide, name="reopening_decide"),
    path("reopenings/<int:reopening_id>/close/", reopenings.close, name="reopening_close"),
    path("rolls/", rolls.differences, name="roll_differences"),
    path("<int:class_id>/<day:date>/<session:session>/roll/", rolls.settle, name="roll_settle"),
    path("leave/", leaves.leaves, name="leaves"),
    path("leave/<int:leave_id>/withdraw/", leaves.withdraw, name="leave_withdraw"),
    path("leave/<int:leave_id>/letter/", leaves.letter, name="leave_letter"),
    path("leave/<int:leave_id>/letter/add/", leaves.letter_add, name="leave_letter_add"),
    path("<int:class_id>/leave/", leaves.class_leaves, name="class_leaves"),
    path("<int:class_id>/leave/record/", leaves.record, name="leave_record"),
    path("support/<int:school_id>/", boarding_support.support, name="support"),
    path("support/<int:school_id>/<month:month>/file/", boarding_support.file, name="support_file"),
    path("closures/", closures.closures, name="closures"),
    path("closures/holidays/", holidays.holidays, name="holidays"),
    path("closures/<int:closure_id>/", closures.closure, name="closure"),
    path("closures/<int:closure_id>/remove/", closures.remove, name="closure_remove"),
    path("school-years/", frames.frames, name="frames"),
    path("school-years/<int:frame_id>/remove/", frames.remove, name="frame_remove"),
    path("weekly-patterns/", patterns.patterns, name="patterns"),
    path("weekly-patterns/<int:pattern_id>/remove/", patterns.remove, name="pattern_remove"),
]
