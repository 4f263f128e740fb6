"""System checks: what must be true before the product starts."""

from django.core.checks import Error, Tags, register
from django.urls import URLPattern, URLResolver, get_resolver

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
    """lce.E001: a view without `requires`, `signed_in` or `public` (schools.permissions)."""
    return [
        Error(
            f"The view of “{route}” ({name}) does not say who may open it.",
            hint="Decorate it with requires(...), signed_in(...) or public(...).",
            id="lce.E001",
        )
        for name, route, callback in walk_views()
        if not hasattr(callback, "access")
    ]
