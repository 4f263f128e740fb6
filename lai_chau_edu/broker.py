"""Redis as the road of the jobs, for workers that must outlive a Redis that fails.

Two ways in which kombu 5.7 lets a worker down are closed here; tests/faults/test_redis_gone.py
shows both. Once kombu passes those tests alone, this file can go.
"""

from kombu.transport import redis, virtual


class QoS(redis.QoS):
    """Forgets a message whose job is over, also when Redis could not be told.

    kombu counts what a worker holds and forgets a message only after Redis has confirmed its
    end. Every end that times out then costs the worker a place for good; without places it
    waits for ever and looks well. Redis hands such a message out once more after the
    visibility timeout, and every job may run twice.
    """

    def ack(self, delivery_tag):
        """As the base class; raises what it raises."""
        try:
            super().ack(delivery_tag)
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise

    def reject(self, delivery_tag, requeue=False):
        """As the base class; raises what it raises."""
        try:
            super().reject(delivery_tag, requeue=requeue)
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise


class Channel(redis.Channel):
    """Is closed after `close`, whatever that meets.

    kombu's stays half open when Redis is gone. Celery closes a lost connection twice, and the
    second time there is no address left to go to: the worker ends instead of connecting anew.
    """

    QoS = QoS

    def close(self):
        """As the base class; raises what it raises."""
        try:
            super().close()
        except Exception:
            virtual.Channel.close(self)
            raise


class Transport(redis.Transport):
    """kombu's with our channels; `settings.CELERY_BROKER_TRANSPORT` names it."""

    Channel = Channel
