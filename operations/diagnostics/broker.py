"""Redis, the queue in it, and the workers behind it; nothing of that without a broker."""

import datetime
import json
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

import redis
from celery import current_app
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from redis.backoff import NoBackoff
from redis.retry import Retry

from ..beats import count_beats
from .findings import Finding, broken, check, watch, well

Answer = TypeVar("Answer")
PATIENCE = 1.0  # seconds for Redis to answer
WORKERS_ANSWER_WITHIN = 1.5  # seconds
NEARLY_FULL = 0.9
LONG_WAIT = datetime.timedelta(minutes=10)
TOO_LONG = datetime.timedelta(minutes=60)


def ask(question: Callable[["redis.Redis"], Answer]) -> Answer:
    """What a function of a Redis client answers; raises `redis.RedisError` within 2 s."""
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=PATIENCE,
        socket_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        return question(client)
    finally:
        client.close()


@check(gettext_lazy("Broker of the jobs"))
def reachable() -> Finding:
    """Redis answers and throws nothing away."""
    if not settings.REDIS_URL:
        return well(_("No broker is used: jobs run in the web process."))
    try:
        memory = ask(lambda client: client.info("memory"))
    except redis.RedisError as error:
        return broken(
            _("Redis does not answer (%(error)s). Registers are saved; figures wait.")
            % {"error": type(error).__name__},
            _("Start Redis again, or correct REDIS_URL. What waits is found by itself."),
        )
    limit = memory.get("maxmemory", 0)
    if limit and memory["maxmemory_policy"] != "noeviction":
        return broken(
            _("Redis throws jobs away when it is full (%(policy)s).")
            % {"policy": memory["maxmemory_policy"]},
            _("Set maxmemory-policy to noeviction in the configuration of Redis."),
        )
    if limit and memory["used_memory"] > NEARLY_FULL * limit:
        return watch(
            _("Redis is nearly full."), _("Give Redis more memory, and look at the queue.")
        )
    return well(_("Redis answers."))


@check(gettext_lazy("Queue of the jobs"), after=reachable)
def queue() -> Finding | None:
    """How many wait, and since when the oldest does."""
    if not settings.REDIS_URL:
        return None
    name = current_app.conf.task_default_queue
    try:
        length, oldest = ask(lambda client: (client.llen(name), client.lindex(name, -1)))
    except redis.RedisError:
        return broken(
            _("The queue cannot be read while Redis does not answer."),
            _("Start Redis again, or correct REDIS_URL. What waits is found by itself."),
        )
    if not length:
        return well(_("No job waits."))
    age = age_of(oldest)
    minutes = round(age.total_seconds() / 60) if age else 0
    text = _("%(count)s jobs wait, the oldest for %(minutes)s minutes.") % {
        "count": length,
        "minutes": minutes,
    }
    mend = _("Look whether workers run; start more of them if they all are busy.")
    if age and age > TOO_LONG:
        return broken(text, mend)
    return watch(text, mend) if age and age > LONG_WAIT else well(text)


def age_of(message: Any) -> datetime.timedelta | None:
    """How long a message of Celery has waited; None when it does not say when it was sent."""
    try:
        sent_at = json.loads(message)["headers"]["sent_at"]
        return timezone.now() - datetime.datetime.fromisoformat(sent_at)
    except (TypeError, ValueError, KeyError):
        return None


@check(gettext_lazy("Workers"), after=reachable)
def workers() -> Finding | None:
    """Who answers a call; takes `WORKERS_ANSWER_WITHIN` at least."""
    if not settings.REDIS_URL:
        return None
    try:
        ask(lambda client: client.ping())
    except redis.RedisError:
        return broken(
            _("The workers cannot be asked while Redis does not answer."),
            _("Start Redis again, or correct REDIS_URL. What waits is found by itself."),
        )
    # Not `inspect`, which takes two of one name for one.
    answers = current_app.control.ping(timeout=WORKERS_ANSWER_WITHIN) or []
    names = Counter(name for answer in answers for name in answer)
    if doubled := sorted(name for name, count in names.items() if count > 1):
        return watch(
            _("Several workers are called %(names)s: each hides the other.")
            % {"names": ", ".join(doubled)},
            _("Start each worker with a name of its own: celery … worker -n NAME."),
        )
    if not answers:
        return broken(
            _("No worker answers."),
            _("Start a worker: celery -A lai_chau_edu worker; see docs/operations.md."),
        )
    return well(_("%(count)s workers answer.") % {"count": len(answers)})


@check(gettext_lazy("Timetables"), after=reachable)
def beats() -> Finding | None:
    """Exactly one beat keeps the timetable; two do no harm, but one was not meant."""
    if not settings.REDIS_URL:
        return None
    count = ask(count_beats)
    if count > 1:
        return watch(
            _("%(count)s timetables (beat) run at once.") % {"count": count},
            _("Stop all but one; after a restart look again in three minutes."),
        )
    return None
