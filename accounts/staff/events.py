"""What is decided about staff; each leaves an event (`core.events`)."""

from django.utils.translation import gettext_lazy as _

from core.events import declare

_CLASS = _("class")
STAFF_ADDED = declare("staff.added", _("Staff member added"))
STAFF_CORRECTED = declare("staff.corrected", _("Data of a staff member corrected"))
ACCOUNT_LINKED = declare(
    "staff.account_linked", _("Staff member and account joined"), account=_("account")
)
POST_GIVEN = declare("staff.post_given", _("Post given"))
POST_ENDED = declare("staff.post_ended", _("Post ended"))
POST_REMOVED = declare("staff.post_removed", _("Post removed before it began"))
ASSIGNED = declare("staff.assigned", _("Class given to a teacher"), school_class=_CLASS)
ASSIGNMENT_ENDED = declare(
    "staff.assignment_ended", _("Teacher's class ended"), school_class=_CLASS
)
ASSIGNMENT_REMOVED = declare(
    "staff.assignment_removed", _("Teacher's class removed before it began"), school_class=_CLASS
)
SUBSTITUTE_GIVEN = declare(
    "staff.substitute_given",
    _("Class given to a substitute"),
    school_class=_CLASS,
    until=_("last day"),
)
CLASSES_CARRIED_ON = declare(
    "staff.classes_carried_on",
    _("Teachers go on with their classes into the new year"),
    assignments=_("classes of teachers"),
)
IMPORT_RECEIVED = declare("staff.import_received", _("Staff list received"))
IMPORT_ASKED = declare("staff.import_asked", _("Saving of a staff list asked for"))
IMPORT_CANCELLED = declare("staff.import_cancelled", _("Check of a staff list cancelled"))
IMPORT_SAVED = declare("staff.import_saved", _("Staff list saved"))
