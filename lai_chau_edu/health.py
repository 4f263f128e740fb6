"""Answers for a load balancer or an operator's alarm; no data, no sign-in."""

from django.db import DatabaseError, connection
from django.http import JsonResponse

from schools.permissions import public


@public("a load balancer has no account")
def live(request):
    """The process answers."""
    return JsonResponse({"status": "ok"})


@public("a load balancer has no account")
def ready(request):
    """The process can reach its database; 503 when it cannot."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "no database"}, status=503)
    return JsonResponse({"status": "ok"})
