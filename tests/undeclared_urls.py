"""One address whose view does not say who may open it."""

from django.http import HttpResponse
from django.urls import path


def undeclared(request):
    return HttpResponse("open to whom?")


urlpatterns = [path("undeclared/", undeclared, name="undeclared")]
