from django.http import HttpResponse
from django.urls import path

from schools.permissions import signed_in

app_name = "schools"


@signed_in("placeholder")
def placeholder(request, **kwargs):
    return HttpResponse("…")


urlpatterns = [
    path("", placeholder, name="schools"),
    path("<int:school_id>/", placeholder, name="school"),
    path("classes/<int:class_id>/", placeholder, name="school_class"),
    path("pupils/<int:pupil_id>/", placeholder, name="pupil"),
    path("<int:school_id>/import/", placeholder, name="import_upload"),
]
