"""Addresses of the whole product. Each view declares who may open it (core.permissions)."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from core.permissions import public
from operations import health
from operations import views as operators_page

from . import pwa, verifying, views, well_known
from .guides import views as guides
from .readiness import views as readiness

handler400 = views.not_understood
handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.broken

urlpatterns = [
    path("", views.home, name="home"),
    path("ready/", readiness.readiness, name="readiness"),
    path("ready/schools/", readiness.readiness_schools, name="readiness_schools"),
    path("first/", readiness.first_administrator, name="first_administrator"),
    path("first/<str:token>/", readiness.first_link, name="first_administrator_link"),
    path("help/", guides.own_guide, name="help"),
    path("help/<slug:code>/", guides.guide, name="guide"),
    path("help/<slug:code>/paper/", guides.guide_file, name="guide_file"),
    path("verify/", verifying.verify, name="verify"),
    path("verify/<str:code>/", verifying.verify_code, name="verify_code"),
    path("accounts/", include("accounts.urls")),
    path("schools/", include("schools.urls")),
    path("staff/", include("accounts.staff.urls")),
    path("attendance/", include("attendance.urls")),
    path("children/", include("mobilisation.urls")),
    path("figures/", include("reports.urls")),
    path("inspections/", include("inspections.urls")),
    path("api/v1/", include("lai_chau_edu.api_urls")),
    path(
        "language/",
        public("the sign-in page speaks both languages")(set_language),
        name="set_language",
    ),
    path("app.webmanifest", pwa.manifest, name="manifest"),
    path("service-worker.js", pwa.service_worker, name="service_worker"),
    path("robots.txt", well_known.robots, name="robots"),
    path(".well-known/security.txt", well_known.security, name="security_txt"),
    path(
        ".well-known/change-password", well_known.change_password, name="well_known_change_password"
    ),
    path("health/live/", health.live, name="health_live"),
    path("health/ready/", health.ready, name="health_ready"),
    path("health/broker/", health.broker, name="health_broker"),
    path("health/workers/", health.workers, name="health_workers"),
    path("health/backup/", health.backup, name="health_backup"),
    path("operations/", operators_page.operations, name="operations"),
    path("operations/failed/<int:failed_id>/restart/", operators_page.restart, name="job_restart"),
    path("operations/failed/<int:failed_id>/dismiss/", operators_page.dismiss, name="job_dismiss"),
    path("admin/", admin.site.urls),
]
