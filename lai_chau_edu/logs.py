"""The log: JSON lines, without the names that addresses and arguments of jobs may hold."""

import structlog

_extra = structlog.stdlib.ExtraAdder()
# Celery's own lines carry arguments and answers of jobs under this name.
LEFT_OUT = ("data",)


def add_extra(logger, name, event):
    """Processor of structlog: what was logged with `extra=`, a request as method and path only."""
    event = _extra(logger, name, event)
    for each in LEFT_OUT:
        event.pop(each, None)
    request = event.pop("request", None)
    if request is not None:
        event["method"] = getattr(request, "method", "")
        event["path"] = getattr(request, "path", "")
        # Django speaks of a refusal after the request has passed all middleware.
        event |= getattr(request, "log_context", {})
    if event.get("status_code", 500) < 500:
        # Refused as meant, 403 or 404: where in the program is no news.
        event.pop("exc_info", None)
    return event


def configuration(level):
    """The `LOGGING` of every process: JSON lines on standard error from `level` up."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
                "foreign_pre_chain": [
                    structlog.contextvars.merge_contextvars,
                    structlog.stdlib.add_log_level,
                    structlog.stdlib.add_logger_name,
                    add_extra,
                    structlog.processors.TimeStamper(fmt="iso"),
                    structlog.processors.format_exc_info,
                ],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["console"], "level": level},
    }
