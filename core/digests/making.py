"""Making the digests that are due: each once, some people at a time."""

import datetime
import time
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from ..models import Digest
from ..notifications.writing import notify
from .kinds import DIGEST
from .parts import Batch, offered_to, parts
from .periods import Period, due_on
from .readers import Reader, readers

# People whose places are counted at once.
AT_ONCE = 300
# Less than the soft time limit of a job; the timetable comes again within the hour.
LONGEST = 480.0  # seconds


def make_due() -> dict[str, int]:
    """Make the digests that are due today; returns how many, and how many go out by e-mail.

    Safe to run twice at one moment: the database takes one digest of a person and period, and
    one notification. What a killed run has not made, the next one makes.
    """
    until = time.monotonic() + LONGEST
    today = timezone.localdate()
    done = {"digests": 0, "emails": 0}
    periods = list(due_on(today))
    if not periods:
        return done
    everybody = readers(on=today)
    for period in periods:
        waiting = _waiting(period, everybody)
        for start in range(0, len(waiting), AT_ONCE):
            if time.monotonic() > until:
                return done
            digests, emails = make(period, waiting[start : start + AT_ONCE], on=today)
            done["digests"] += digests
            done["emails"] += emails
    return done


def count_due() -> int:
    """For how many people a digest is due today and not made; no query on most days."""
    today = timezone.localdate()
    periods = list(due_on(today))
    everybody = readers(on=today) if periods else []
    return sum(len(_waiting(period, everybody)) for period in periods)


def make(period: Period, people: Sequence[Reader], *, on: datetime.date) -> tuple[int, int]:
    """Make the digest of a period for some people; returns (digests, e-mails) that are new.

    A fixed number of queries and those of the parts, whatever the number of people. Where nothing
    waits the row says so and nothing is sent.
    """
    batch = Batch(period, on, {each.user_id: each.scope for each in people})
    # Read before anything is written: SQLite has one writer.
    lines = _lines(batch, people)
    with transaction.atomic():
        now = timezone.now()
        Digest.objects.bulk_create(
            [
                Digest(
                    reader_id=user_id,
                    frequency=period.frequency,
                    key=period.key,
                    first=period.first,
                    last=period.last,
                    lines=found,
                    made_at=now,
                )
                for user_id, found in lines.items()
            ],
            ignore_conflicts=True,
        )
        # One that another run has just made is its own.
        made = dict(
            Digest.objects.filter(key=period.key, made_at=now, reader__in=lines).values_list(
                "reader_id", "lines"
            )
        )
        by_email = {each.user_id for each in people if each.by_email}
        notified = notify(
            DIGEST,
            to={user_id for user_id, found in made.items() if found and user_id in by_email},
            key=period.key,
            expires_at=period.over_at,
        )
    return len(made), len(notified)


def _waiting(period: Period, everybody: Sequence[Reader]) -> list[Reader]:
    """Those who chose this frequency, are offered a part and have none of it yet; one query.

    By place, so that people of one school or commune are counted together.
    """
    have = set(Digest.objects.filter(key=period.key).values_list("reader_id", flat=True))
    waiting = (
        each
        for each in everybody
        if each.frequency == period.frequency
        and each.user_id not in have
        and offered_to(each.scope)
    )
    return sorted(waiting, key=_place)


def _place(reader: Reader) -> tuple[int, int, int, int]:
    grant, _permissions = reader.scope.grants[0]
    return grant.area_id or 0, grant.school_id or 0, grant.class_id or 0, reader.user_id


def _lines(batch: Batch, people: Sequence[Reader]) -> dict[int, list[tuple[str, int]]]:
    """{id of a user: [(code of a part, count)]}, in the order of the parts."""
    found: dict[int, list[tuple[str, int]]] = {}
    wanted: dict[str, set[int]] = {}
    for reader in people:
        found[reader.user_id] = []
        for part in offered_to(reader.scope):
            if part.code not in reader.refused:
                wanted.setdefault(part.code, set()).add(reader.user_id)
    for part in parts():
        # What all have switched off is not counted.
        counts = part.count(batch) if part.code in wanted else {}
        for user_id in wanted.get(part.code, ()):
            if count := counts.get(user_id, 0):
                found[user_id].append((part.code, count))
    return found
