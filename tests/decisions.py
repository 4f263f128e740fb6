"""What a decision leaves: its event, or nothing at all when that cannot be written."""

from dataclasses import dataclass, field

import pytest
from django.db import DatabaseError

from core.events import reference
from core.models import Event


@dataclass
class Decision:
    """One decision of a service and the event that it leaves.

    Attributes:
        act: makes the decision; may return the row it is about.
        by: who decides. about: the row it is about, when `act` returns another.
        part_of: whose story it belongs to, when not its own.
        places: the tables that it writes.
    """

    act: object
    kind: str
    by: object
    name: str
    places: tuple
    about: object = None
    part_of: object = None
    school: object = None
    area: object = None
    changes: dict = field(default_factory=dict)
    reason: str = ""

    def check_event(self):
        """Decide, and compare the event with what was said."""
        about, label = self.about, getattr(self.about, "_meta", None)
        pk = about.pk if about is not None else None
        made = self.act()
        if about is None:
            about, label, pk = made, made._meta, made.pk
        event = Event.objects.order_by("pk").last()
        assert (event.kind, event.actor, event.actor_name) == (self.kind, self.by, str(self.by))
        assert (event.object_type, event.object_id) == (label.label_lower, str(pk))
        assert event.object_name == self.name
        whole = reference(self.part_of) if self.part_of else f"{label.label_lower}:{pk}"
        assert event.part_of == whole
        assert event.school_id == (self.school.pk if self.school else None)
        assert event.area_id == (self.area.pk if self.area else None)
        assert event.changes == self.changes
        assert event.reason == self.reason

    def check_it_is_undone_without_its_event(self, monkeypatch):
        """The event cannot be written: nothing of the decision stays."""

        def full(event, **kwargs):
            raise DatabaseError("no room")

        before = self._stored()
        monkeypatch.setattr(Event, "save", full)
        with pytest.raises(DatabaseError, match="no room"):
            self.act()
        assert self._stored() == before

    def _stored(self):
        return [list(model.objects.order_by("pk").values()) for model in self.places]
