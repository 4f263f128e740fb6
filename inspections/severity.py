"""How severities are asked for in an address: in a person's filter and by another program."""

from .models import Recommendation

# Stands for those that nobody rated, whose severity is stored empty.
NOT_RATED = "none"
ASKED = (*Recommendation.Severity.values, NOT_RATED)


def wanted(asked: str) -> str | None:
    """What `selectors.visits.of_severity` takes for one of `ASKED`; None for "", which asks for
    all."""
    return {"": None, NOT_RATED: ""}.get(asked, asked)
