from django.http import HttpResponse
from django.urls import path

from schools.permissions import signed_in

app_name = "reports"


@signed_in("placeholder")
def placeholder(request, **kwargs):
    return HttpResponse("…")


urlpatterns = [
    path("", placeholder, name="start"),
    path("areas/<int:area_id>/", placeholder, name="area"),
    path("schools/<int:school_id>/", placeholder, name="school"),
    path("classes/<int:class_id>/", placeholder, name="school_class"),
    path("pupils/<int:pupil_id>/", placeholder, name="pupil"),
    path("flags/", placeholder, name="flags"),
    path("runs/", placeholder, name="runs"),
    path("targets/", placeholder, name="targets"),
    path("indicators/", placeholder, name="indicators"),
]
