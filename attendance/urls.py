from django.http import HttpResponse
from django.urls import path

from schools.permissions import signed_in

app_name = "attendance"


@signed_in("placeholder")
def placeholder(request, **kwargs):
    return HttpResponse("…")


urlpatterns = [
    path("today/", placeholder, name="today"),
    path("<int:class_id>/<str:date>/<str:session>/", placeholder, name="sheet"),
    path("closures/", placeholder, name="closures"),
]
