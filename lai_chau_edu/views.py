"""The first page of each role, and what is shown where there is nothing to show."""

from django.http import JsonResponse
from django.utils.translation import gettext
from django.views.defaults import page_not_found, server_error

from schools.permissions import signed_in

from . import homes
from .middleware import API


@signed_in("everybody has a first page; it shows only what the scope allows")
def home(request):
    """Lead the reader to his own start; see `lai_chau_edu.homes`."""
    return homes.start_page(request)


def not_found(request, exception):
    """Nothing at an address: a page for people, the API's shape for machines."""
    if request.path.startswith(API):
        return JsonResponse(
            {"code": "not_found", "message": gettext("There is nothing at this address.")},
            status=404,
        )
    return page_not_found(request, exception)


def broken(request):
    """A fault of ours: a page for people, the API's shape for machines."""
    if request.path.startswith(API):
        return JsonResponse(
            {"code": "error", "message": gettext("Something broke on our side; try again later.")},
            status=500,
        )
    return server_error(request)
