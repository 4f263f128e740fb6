"""Kinds of events about pupils. No event names a child: it has the number of the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from core.events import Kind, declare, record
from core.models import Event
from core.types import User

if TYPE_CHECKING:
    # The models name these kinds in their tables of transitions.
    from .models import Pupil

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
SEMI_BOARDING_BEGUN = declare("semi_boarding.begun", _("Semi-boarder from a day on"))
SEMI_BOARDING_CHANGED = declare("semi_boarding.changed", _("Time as a semi-boarder changed"))
SEMI_BOARDING_REMOVED = declare(
    "semi_boarding.removed", _("Time as a semi-boarder taken back as a mistake")
)
SEMI_BOARDERS_OF_CLASS = declare(
    "semi_boarding.of_class",
    _("Semi-boarders of a class entered together"),
    begun=_("begun"),
    ended=_("stopped"),
)
SUPPORT_LIST_EXPORTED = declare(
    "semi_boarding.list", _("List for rice and money given out"), pupils=_("pupils")
)
TRANSFER_SENT = declare(
    "transfer.sent", _("Sent to a school of the province"), to_school=_("to school")
)
TRANSFER_RECEIVED = declare("transfer.received", _("Received from another school"))
TRANSFER_RETURNED = declare("transfer.returned", _("Sent back by the school it was to come to"))
TRANSFER_REDIRECTED = declare(
    "transfer.redirected", _("Sent on to another school"), to_school=_("to school")
)
TRANSFER_DROPPED = declare(
    "transfer.dropped", _("Found to have dropped out on the way to another school")
)
TOLD_APART = declare(
    "pupil.told_apart", _("Two records said to be two children"), records=_("records")
)
RECORDS_MERGED = declare("pupil.merged", _("Two records made one"), records=_("records"))
RECORDS_PARTED = declare("pupil.parted", _("Two records parted again"), records=_("records"))
PUPIL_REMOVED = declare("pupil.removed", _("Record of a pupil removed"))
SCHOOL_OPENED = declare("school.opened", _("School opened"))
# Words of what stands in the changes of several kinds below.
_OF_A_CHANGE = {
    "commune": _("commune"),
    "kind": _("type of school"),
    "schools": _("schools"),
    "classes": _("classes"),
    "pupils": _("pupils"),
    "decided_on": _("date of the decision"),
}
SCHOOL_CHANGED = declare("school.changed", _("School changed"), **_OF_A_CHANGE)
SCHEME_REVIEWED = declare("scheme.reviewed", _("School reviewed for semi-boarding"))
SCHEME_DRAFTED = declare("scheme.drafted", _("Scheme of a semi-boarding school drafted"))
SCHEME_APPRAISED = declare("scheme.appraised", _("Scheme of a semi-boarding school appraised"))
SCHEME_RETURNED = declare("scheme.returned", _("Scheme of a semi-boarding school sent back"))
SCHEME_APPROVED = declare("scheme.approved", _("Scheme of a semi-boarding school approved"))
SCHEME_WITHDRAWN = declare("scheme.withdrawn", _("Scheme of a semi-boarding school withdrawn"))
SCHOOL_MOVED = declare("school.moved", _("School placed in another commune"), **_OF_A_CHANGE)
SCHOOLS_MERGED = declare("school.merged", _("Schools merged"), **_OF_A_CHANGE)
SCHOOL_SPLIT = declare("school.split", _("School split"), **_OF_A_CHANGE)
SCHOOL_CLOSED = declare("school.closed", _("School closed"), **_OF_A_CHANGE)
SCHOOLS_IMPORTED = declare(
    "school.imported", _("List of schools saved"), created=_("new"), changed=_("changed")
)
SITE_ADDED = declare("school.site_added", _("Site added"))
SITE_CHANGED = declare("school.site_changed", _("Site changed"))
SITE_CLOSED = declare("school.site_closed", _("Site closed"))
CLASS_OPENED = declare("school.class_opened", _("Class opened"))
CLASS_EDITED = declare("school.class_changed", _("Class changed"))
CLASS_ENDED = declare("school.class_ended", _("Class ended"))
_OF_CLASSES = {"classes": _("classes"), "pupils": _("pupils")}
CLASSES_MERGED = declare("school.classes_merged", _("Classes merged"), **_OF_CLASSES)
CLASS_SPLIT = declare("school.class_split", _("Class split"), **_OF_CLASSES)
YEAR_OPENED = declare("year.opened", _("School year opened"))
YEAR_CLOSED = declare("year.closed", _("School year closed"))
YEAR_REOPENED = declare("year.reopened", _("School year opened again"))
YEAR_REMOVED = declare("year.removed", _("School year without classes removed"))
_OF_A_TURN = {
    "classes": _("classes"),
    "promoted": _("moved up"),
    "kept_back": _("kept back"),
    "finished": _("finished the school"),
    "sent": _("sent to another school"),
}
YEAR_TURNED = declare("school.year_turned", _("School gone over to the new year"), **_OF_A_TURN)
YEAR_TURN_UNDONE = declare(
    "school.year_turn_undone", _("Going over to the new year taken back"), **_OF_A_TURN
)
ARRIVALS_PLACED = declare(
    "school.arrivals_placed",
    _("Pupils from another school given a class"),
    school_class=_("class"),
    pupils=_("pupils"),
)
IMPORT_RECEIVED = declare("import.received", _("List of pupils uploaded"))
IMPORT_ASKED = declare("import.asked", _("Saving of a list asked for"))
IMPORT_CANCELLED = declare("import.cancelled", _("Check of a list cancelled"))
IMPORT_SAVED = declare("import.saved", _("List of pupils saved"))
PUPILS_LIST_ASKED = declare("pupils.list_asked", _("List of pupils as a file asked for"))
PUPILS_LIST_MADE = declare(
    "pupils.list_made", _("List of pupils as a file made"), pupils=_("pupils")
)
PUPILS_LIST_FETCHED = declare(
    "pupils.list_fetched", _("List of pupils as a file fetched"), pupils=_("pupils")
)
PUPILS_LIST_CANCELLED = declare("pupils.list_cancelled", _("List of pupils as a file cancelled"))
PUPILS_LIST_FAILED = declare("pupils.list_failed", _("List of pupils as a file stopped by a fault"))
UNITS_REORGANISED = declare(
    "units.reorganised",
    _("Schools placed in the units that followed"),
    moved=_("schools moved"),
    unplaced=_("schools without a unit"),
)
DECREE_APPLIED = declare(
    "units.decree_applied",
    _("Units reorganised by a decree"),
    ended=_("units that ended"),
    begun=_("units that began"),
    schools=_("schools"),
)
DECREE_TAKEN_BACK = declare(
    "units.decree_taken_back",
    _("Reorganisation of units taken back"),
    schools=_("schools"),
)
BOUNDARIES_LOADED = declare(
    "units.boundaries_loaded",
    _("Boundaries of communes loaded"),
    units=_("units"),
    source=_("source"),
)
COMMUNES_DESIGNATED = declare(
    "unit.designated",
    _("Especially difficult communes decided"),
    named=_("communes named"),
    ended=_("communes no longer named"),
)
_OF_A_CLUSTER = {"communes": _("communes"), "cluster": _("cluster")}
CLUSTER_MADE = declare("cluster.made", _("Cluster of communes made"), **_OF_A_CLUSTER)
CLUSTER_RENAMED = declare("cluster.renamed", _("Cluster of communes renamed"))
CLUSTER_ENDED = declare("cluster.ended", _("Cluster of communes ended"), **_OF_A_CLUSTER)
CLUSTER_JOINED = declare(
    "cluster.joined", _("Communes put into a cluster or out of it"), **_OF_A_CLUSTER
)
CLUSTER_TAKEN_BACK = declare(
    "cluster.taken_back", _("Change of a commune's cluster taken back"), **_OF_A_CLUSTER
)
CLUSTERS_LOADED = declare(
    "cluster.loaded", _("Clusters of the installation taken over"), **_OF_A_CLUSTER
)
RULE_SET = declare("rule.set", _("Value of a rule dated"))
RULE_REMOVED = declare("rule.removed", _("Value of a rule taken back before its day"))
RULE_LEVEL_ENDED = declare("rule.level_ended", _("Own value of a level ended"))
RULE_LEVEL_KEPT = declare("rule.level_kept", _("End of a level's own value taken back"))


def name_of(pupil_id: int, class_name: str = "") -> str:
    """What events call a pupil: the number of the record, never the name."""
    return f"{_('Record %(number)s') % {'number': pupil_id}} {class_name}".strip()


def tell_of_pupil(
    kind: Kind, pupil: Pupil, *, by: User | None, school: int | None, **more: Any
) -> Event:
    """Record an event about a child's record, which it calls by its number (`core.events`)."""
    return record(kind, by=by, about=pupil, name=name_of(pupil.pk), school=school, **more)
