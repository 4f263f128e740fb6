"""Kinds of events about pupils. No event names a child: it has the number of the record."""

from django.utils.translation import gettext_lazy as _

from core.events import declare, record

PUPIL_CORRECTED = declare(
    "pupil.corrected", _("Data of a pupil corrected"), fields=_("what was corrected")
)
PUPIL_EXPORTED = declare("pupil.exported", _("All data of a pupil given out"))
PUPIL_ANONYMISED = declare("pupil.anonymised", _("Record of a pupil made anonymous"))
ERASURE_ASKED = declare("pupil.erasure_asked", _("Asked to make a record anonymous"))
ERASURE_REFUSED = declare("pupil.erasure_refused", _("Request to make a record anonymous refused"))
HOLD_PLACED = declare("pupil.hold_placed", _("Record of a pupil kept on purpose"))
HOLD_LIFTED = declare("pupil.hold_lifted", _("Record of a pupil no longer kept on purpose"))

PUPIL_ENROLLED = declare("enrolment.begun", _("Put on the roll of a class"))
CLASS_CHANGED = declare("enrolment.moved", _("Moved to another class"))
PUPIL_LEFT = declare("enrolment.ended", _("Taken off the roll"))
LEAVING_UNDONE = declare("enrolment.leaving_undone", _("A leaving taken back"))
TOLD_APART = declare(
    "pupil.told_apart", _("Two records said to be two children"), records=_("records")
)
RECORDS_MERGED = declare("pupil.merged", _("Two records made one"), records=_("records"))
RECORDS_PARTED = declare("pupil.parted", _("Two records parted again"), records=_("records"))
PUPIL_REMOVED = declare("pupil.removed", _("Record of a pupil removed"))
SCHOOL_OPENED = declare("school.opened", _("School opened"))
SITE_ADDED = declare("school.site_added", _("Site added"))
CLASS_OPENED = declare("school.class_opened", _("Class opened"))
IMPORT_RECEIVED = declare("import.received", _("List of pupils uploaded"))
IMPORT_ASKED = declare("import.asked", _("Saving of a list asked for"))
IMPORT_SAVED = declare("import.saved", _("List of pupils saved"))
UNITS_REORGANISED = declare(
    "units.reorganised",
    _("Schools placed in the units that followed"),
    moved=_("schools moved"),
    unplaced=_("schools without a unit"),
)


def name_of(pupil_id, class_name=""):
    """What events call a pupil: the number of the record, never the name."""
    return f"{_('Record %(number)s') % {'number': pupil_id}} {class_name}".strip()


def tell_of_pupil(kind, pupil, *, by, school, **more):
    """Record an event about a child's record, which it calls by its number (`core.events`)."""
    return record(kind, by=by, about=pupil, name=name_of(pupil.pk), school=school, **more)
