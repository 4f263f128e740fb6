from django.urls import path, register_converter

from .converters import DateConverter, SessionConverter
from .views import closures, frames, history, leaves, pocket, reopenings, sheet, today

register_converter(DateConverter, "day")
register_converter(SessionConverter, "session")

app_name = "attendance"
urlpatterns = [
    path("today/", today.today, name="today"),
    path("pocket/", pocket.pocket, name="pocket"),
    path("<int:class_id>/<day:date>/<session:session>/", sheet.sheet, name="sheet"),
    path("<int:class_id>/<day:date>/<session:session>/history/", history.history, name="history"),
    path(
        "<int:class_id>/<day:date>/<session:session>/reopen/", reopenings.ask, name="reopening_ask"
    ),
    path("reopenings/", reopenings.reopenings, name="reopenings"),
    path("reopenings/open/", reopenings.open_again, name="reopening_open"),
    path("reopenings/<int:reopening_id>/", reopenings.decide, name="reopening_decide"),
    path("leave/", leaves.leaves, name="leaves"),
    path("leave/<int:leave_id>/withdraw/", leaves.withdraw, name="leave_withdraw"),
    path("leave/<int:leave_id>/letter/", leaves.letter, name="leave_letter"),
    path("<int:class_id>/leave/", leaves.class_leaves, name="class_leaves"),
    path("<int:class_id>/leave/record/", leaves.record, name="leave_record"),
    path("closures/", closures.closures, name="closures"),
    path("closures/<int:closure_id>/", closures.closure, name="closure"),
    path("closures/<int:closure_id>/remove/", closures.remove, name="closure_remove"),
    path("school-years/", frames.frames, name="frames"),
    path("school-years/<int:frame_id>/remove/", frames.remove, name="frame_remove"),
]
