"""Who listens: a roll changed below reaches the registers that were sent under the older one."""

from schools.signals import enrolments_changed

from .services.rolls import settle


def connect():
    """Connect the receivers of this app; called once when it is loaded."""
    enrolments_changed.connect(on_enrolments_changed, dispatch_uid="attendance.on_enrolments")


def on_enrolments_changed(
    sender, *, school_class_ids, start, end, by=None, choice="", pupil_ids=None, **kwargs
):
    """News that nobody signs changes no register: it stands in the list of differences."""
    if by is not None and choice:
        settle(
            class_ids=school_class_ids,
            start=start,
            end=end,
            by=by,
            choice=choice,
            pupil_ids=pupil_ids,
        )
