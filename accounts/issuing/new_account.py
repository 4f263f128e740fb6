"""What is known of a person before the account: the input of issuing, whoever it comes from."""

from dataclasses import dataclass

from schools.models import Area, School, SchoolClass

from ..roles import AREA, CLASS, SCHOOL


@dataclass(frozen=True)
class PlaceRef:
    """A place by kind (`accounts.roles`: AREA, SCHOOL or CLASS) and key."""

    kind: str
    pk: int


@dataclass(frozen=True)
class NewAccount:
    """A person who gets an account and a role.

    `places`: for each a grant of the role; none for a role of the whole installation. `slip_place`:
    school or office as the slip names it. `person`: key of the staff member whose account it
    becomes; only such a one may be without a role.
    """

    full_name: str
    role: str
    places: tuple[PlaceRef, ...] = ()
    phone: str = ""
    email: str = ""
    slip_place: str = ""
    person: int | None = None


def ref(place: Area | School | SchoolClass) -> PlaceRef:
    """The reference to a place."""
    kinds = {Area: AREA, School: SCHOOL, SchoolClass: CLASS}
    return PlaceRef(kinds[type(place)], place.pk)
