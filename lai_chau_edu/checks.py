"""System checks: what must be true before the product starts."""

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.urls import URLPattern, URLResolver, get_resolver

from core.jobs.records import SILENT_FOR

# Django's admin guards its own views by `is_staff`; its namespace is declared as a whole.
DECLARED_NAMESPACES = {"admin": "Django's admin: staff users with model permissions"}


def walk_views(resolver=None, prefix="", namespaces=()):
    """Yield (name, route, callback) of every address outside DECLARED_NAMESPACES."""
    resolver = resolver or get_resolver()
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            if entry.namespace in DECLARED_NAMESPACES:
                continue
            inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
            yield from walk_views(entry, route, inner)
        elif isinstance(entry, URLPattern):
            yield ":".join([*namespaces, entry.name or ""]), route, entry.callback


@register(Tags.security)
def every_view_declares_access(app_configs, **kwargs):
    """lce.E001: a view without `requires`, `signed_in` or `public` (core.permissions)."""
    return [
        Error(
            f"The view of “{route}” ({name}) does not say who may open it.",
            hint="Decorate it with requires(...), signed_in(...) or public(...).",
            id="lce.E001",
        )
        for name, route, callback in walk_views()
        if not hasattr(callback, "access")
    ]


@register("jobs")
def jobs_survive_their_worker(app_configs, **kwargs):
    """lce.E002: settings under which a killed worker loses a job, or a job runs twice at once."""
    hard_limit = settings.CELERY_TASK_TIME_LIMIT
    transport = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    rules = [
        ("A job is acknowledged after it is done", settings.CELERY_TASK_ACKS_LATE is True),
        (
            "A job whose worker died goes back to the queue",
            settings.CELERY_TASK_REJECT_ON_WORKER_LOST is True,
        ),
        (
            "A worker takes one job at a time, so that none waits behind a long one",
            settings.CELERY_WORKER_PREFETCH_MULTIPLIER == 1,
        ),
        (
            "A worker that could not acknowledge a job in time takes the next all the same",
            ("lai_chau_edu.broker:Transport" if settings.REDIS_URL else "memory")
            == settings.CELERY_BROKER_TRANSPORT,
        ),
        (
            "A job may end by itself before it is killed",
            hard_limit > settings.CELERY_TASK_SOFT_TIME_LIMIT,
        ),
        (
            "The broker waits 1.5 times the hard time limit before it hands a job out again",
            transport.get("visibility_timeout", 0) >= 1.5 * hard_limit,
        ),
        (
            "Only a job silent for 1.5 times the hard time limit counts as dead",
            SILENT_FOR.total_seconds() >= 1.5 * hard_limit,
        ),
        (
            "A page waits for a silent broker two seconds at most, and once",
            settings.CELERY_TASK_PUBLISH_RETRY is False
            and transport.get("max_retries") == 0
            and 0 < transport.get("socket_timeout", 0) <= 2
            and 0 < transport.get("socket_connect_timeout", 0) <= 2,
        ),
    ]
    return [
        Error(
            f"Broken rule of the jobs: {rule}.", hint="See CELERY_… in settings.py.", id="lce.E002"
        )
        for rule, kept in rules
        if not kept
    ]
