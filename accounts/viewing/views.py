"""Into the view of a teacher and back."""

from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

from core.permissions import Permission as P
from core.permissions import requires, signed_in
from core.types import ScopedRequest

from .scoping import class_to_view
from .services import begin_viewing, end_viewing


@requires(P.VIEW_REGISTER)
@never_cache
def view_begin(request: ScopedRequest, class_id: int) -> HttpResponse:
    """Look at the pages as the teacher of a class sees them; leads to the teacher's first page."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    found = class_to_view(request.scope, class_id)
    if found is None:
        raise Http404
    begin_viewing(request=request, school_class=found, by=request.user)
    return redirect("home")


@signed_in("the way back to one's own pages")
@never_cache
def view_end(request: ScopedRequest) -> HttpResponse:
    """Back to one's own pages: to the class that was looked at."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    class_id = end_viewing(request=request, by=request.user)
    return redirect("home") if class_id is None else redirect("schools:school_class", class_id)
