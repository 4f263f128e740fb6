"""The product's settings, with time limits that a busy machine keeps while a test holds a job."""

from lai_chau_edu.settings import *  # noqa: F403

CELERY_TASK_TIME_LIMIT, CELERY_TASK_SOFT_TIME_LIMIT = 60, 55
CELERY_BROKER_TRANSPORT_OPTIONS = {
    **CELERY_BROKER_TRANSPORT_OPTIONS,  # noqa: F405
    "visibility_timeout": 90,
}
BROKER_PAUSE = 2
