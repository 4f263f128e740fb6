"""The first page of each role: not a menu, but what to do now."""

from django.shortcuts import render

from schools.permissions import signed_in


@signed_in("everybody has a first page; it shows only what the scope allows")
def home(request):
    """Lead each role to its own start; see `lai_chau_edu.homes`."""
    from . import homes

    for permission, build in homes.BY_PERMISSION:
        if request.scope.may(permission):
            return build(request)
    return render(request, "home/empty.html")
