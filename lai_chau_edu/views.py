"""The first page of each role: not a menu, but what to do now."""

from schools.permissions import signed_in

from . import homes


@signed_in("everybody has a first page; it shows only what the scope allows")
def home(request):
    """Lead the reader to his own start; see `lai_chau_edu.homes`."""
    return homes.start_page(request)
