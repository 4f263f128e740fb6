"""The address a request came from, behind a proxy or not."""

from django.conf import settings


def client_address(request):
    """Address of the caller, for the lock against guessing (called by django-axes).

    Behind the trusted proxy the last entry of X-Forwarded-For is the one the proxy itself
    added; what stands before it was written by the caller and proves nothing.
    """
    if settings.TRUSTED_PROXY:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
        last = forwarded.rsplit(",", 1)[-1].strip()
        if last:
            return last
    return request.META.get("REMOTE_ADDR")
