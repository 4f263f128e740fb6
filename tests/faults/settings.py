"""The product's settings, its jobs in a hurry: what a dead worker left is soon handed out again."""

from lai_chau_edu.settings import *  # noqa: F403
from tests.faults.processes import HANDED_OUT_AGAIN_AFTER

CELERY_TASK_TIME_LIMIT, CELERY_TASK_SOFT_TIME_LIMIT = 6, 5
CELERY_BROKER_TRANSPORT_OPTIONS = {
    **CELERY_BROKER_TRANSPORT_OPTIONS,  # noqa: F405
    "visibility_timeout": HANDED_OUT_AGAIN_AFTER,
}
BROKER_PAUSE = 2
