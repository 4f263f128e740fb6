"""A clock that stands still at a moment, in the zone of the product."""

import datetime

import time_machine


def freeze_time(moment):
    """Context manager and decorator: it is `moment`, and stays so until `shift` or `move_to`.

    `moment`: a text of ISO 8601, a datetime or a date; without a zone it is UTC. The local zone
    stays that of the school: a moment with a zone of its own would change it.
    """
    return time_machine.travel(_moment(moment).timestamp(), tick=False)


def _moment(value):
    if isinstance(value, str):
        value = datetime.datetime.fromisoformat(value)
    if not isinstance(value, datetime.datetime):
        value = datetime.datetime.combine(value, datetime.time())
    return value if value.tzinfo else value.replace(tzinfo=datetime.UTC)
