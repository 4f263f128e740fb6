from django.urls import path, register_converter

from .converters import DateConverter, MonthConverter, SessionConverter
from .views import closures, history, month, pocket, reopenings, sheet, today

register_converter(DateConverter, "day")
register_converter(MonthConverter, "month")
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
    path("<int:class_id>/month/<month:month>/", month.month, name="month"),
    path("reopenings/", reopenings.reopenings, name="reopenings"),
    path("reopenings/<int:reopening_id>/", reopenings.decide, name="reopening_decide"),
    path("closures/", closures.closures, name="closures"),
    path("closures/<int:closure_id>/remove/", closures.remove, name="closure_remove"),
]
