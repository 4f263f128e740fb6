"""Kinds of events about pupils. No event names a child: it has the number of the record."""

from django.utils.translation import gettext_lazy as _

from core.events import declare

PUPIL_CORRECTED = declare("pupil.corrected", _("Data of a pupil corrected"))
PUPIL_EXPORTED = declare("pupil.exported", _("All data of a pupil given out"))
PUPIL_ANONYMISED = declare("pupil.anonymised", _("Record of a pupil made anonymous"))
ERASURE_ASKED = declare("pupil.erasure_asked", _("Asked to make a record anonymous"))
ERASURE_REFUSED = declare("pupil.erasure_refused", _("Request to make a record anonymous refused"))
HOLD_PLACED = declare("pupil.hold_placed", _("Record of a pupil kept on purpose"))
HOLD_LIFTED = declare("pupil.hold_lifted", _("Record of a pupil no longer kept on purpose"))
