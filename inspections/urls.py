from django.http import HttpResponse
from django.urls import path

from schools.permissions import signed_in

app_name = "inspections"


@signed_in("placeholder")
def placeholder(request, **kwargs):
    return HttpResponse("…")


urlpatterns = [
    path("plans/", placeholder, name="plans"),
    path("plans/<int:plan_id>/", placeholder, name="plan"),
    path("mine/", placeholder, name="mine"),
    path("visits/<int:visit_id>/", placeholder, name="visit"),
    path("committees/", placeholder, name="committees"),
]
