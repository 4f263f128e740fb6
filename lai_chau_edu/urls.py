"""Addresses of the whole product. Each view declares who may open it (schools.permissions)."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from schools.permissions import public

from . import health, views

urlpatterns = [
    path("", views.home, name="home"),
    path("accounts/", include("accounts.urls")),
    path("schools/", include("schools.urls")),
    path("attendance/", include("attendance.urls")),
    path("figures/", include("reports.urls")),
    path("inspections/", include("inspections.urls")),
    path(
        "language/",
        public("the sign-in page speaks both languages")(set_language),
        name="set_language",
    ),
    path("health/live/", health.live, name="health_live"),
    path("health/ready/", health.ready, name="health_ready"),
    path("admin/", admin.site.urls),
]
