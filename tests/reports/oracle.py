"""What counts, reckoned slowly in plain Python from docs/indicators.md alone.

The oracle keeps its own book: the last word of a sheet about each pupil and session, and what was
chosen when the roll changed. Spells, closures and places it reads as plain rows. It knows nothing
of the selectors that it is held against.
"""

import datetime
from collections import defaultdict

from attendance.models import Closure, Register
from schools.models import ClusterMembership, Enrolment, Placement, SchoolClass

ONE_DAY = datetime.timedelta(days=1)
NOT_COUNTED = "-"


class Oracle:
    """`said`: (class id, date, session) -> pupil id -> "" present, P, K, M or "-" not counted.

    What was said of a pupil who is off the roll stays there and comes back with the pupil.
    """

    def __init__(self, world):
        self.province_id = world.province.pk
        self.said = defaultdict(dict)
        self.taken = set()
        self.spells = None

    # --- What happened ---------------------------------------------------------------------

    def sent(self, key, marks):
        """A sheet was accepted; who has no mark is present, or stays not counted."""
        roll = self.roll(key[0], key[1])
        was = self.said[key]
        for pupil in roll:
            if pupil in marks:
                was[pupil] = marks[pupil]
            elif was.get(pupil) != NOT_COUNTED or key not in self.taken:
                was[pupil] = ""
        self.taken.add(key)

    def sent_not_held(self, key):
        """It was said that the session was not held: nothing is said of the pupils there."""
        for pupil in self.roll(key[0], key[1]):
            self.said[key].pop(pupil, None)
        self.taken.discard(key)

    def rolls(self):
        """The rolls of all registers taken, to be compared after a change."""
        spells = defaultdict(list)
        for spell in Enrolment.objects.all():
            spells[spell.school_class_id].append(spell)
        return {
            key: {spell.pupil_id for spell in spells[key[0]] if _holds(spell, key[1])}
            for key in self.taken
        }

    def changed(self, before, choice):
        """The roll changed; `before` are the `rolls` of then."""
        now = self.rolls()
        left = {
            (pupil, *key[1:]): self.said[key].get(pupil, "")
            for key, roll in before.items()
            for pupil in roll - now[key]
        }
        for key, roll in now.items():
            for pupil in roll - before[key] - self.said[key].keys():
                if choice == "moved":
                    word = left.get((pupil, *key[1:]), NOT_COUNTED)
                else:
                    word = "" if choice == "present" else NOT_COUNTED
                self.said[key][pupil] = word

    # --- What counts -----------------------------------------------------------------------

    def roll(self, class_id, date):
        """Ids of the pupils on the roll that day."""
        spells = self.spells
        if spells is None:
            spells = Enrolment.objects.filter(school_class=class_id)
        return {
            spell.pupil_id
            for spell in spells
            if spell.school_class_id == class_id and _holds(spell, date)
        }

    def read_calendar(self):
        """Read closures, places and spells once; call it before the questions below."""
        self.closures = list(Closure.objects.order_by("pk"))
        self.placements = list(Placement.objects.all())
        self.clusters = list(ClusterMembership.objects.all())
        self.classes = {each.pk: each for each in SchoolClass.objects.select_related("year")}
        self.spells = list(Enrolment.objects.select_related("pupil").order_by("valid_from", "pk"))
        self.due = {}
        self.counted = sorted(key for key in self.taken if self.is_due(key))

    def is_due(self, key):
        """Whether the calendar holds a session of a class."""
        if key not in self.due:
            self.due[key] = self._is_due(*key)
        return self.due[key]

    def _is_due(self, class_id, date, session):
        each = self.classes[class_id]
        if session not in each.sessions.split(","):
            return False
        if not each.year.valid_from <= date < each.year.valid_to:
            return False
        places = self._places(each, date)
        best = None
        for row in self.closures:
            place = (
                ("site", row.site_id)
                if row.site_id
                else ("school", row.school_id)
                if row.school_id
                else ("area", row.area_id)
            )
            applies = (
                place in places
                and row.valid_from <= date < row.valid_to
                and row.session in ("", session)
                and row.level in ("", each.level)
            )
            if applies:
                rank = (places.index(place), row.level == "", -row.pk)
                if best is None or rank < best[0]:
                    best = (rank, row.is_held)
        # The small province has school on every day of the week.
        return best is None or best[1]

    def _places(self, each, date):
        """Nearest first: site, school, commune, cluster, province."""
        found = [("site", each.site_id), ("school", each.school_id)]
        for placement in self.placements:
            if placement.school_id == each.school_id and _holds(placement, date):
                found.append(("area", placement.commune_id))
                found += [
                    ("area", member.cluster_id)
                    for member in self.clusters
                    if member.commune_id == placement.commune_id and _holds(member, date)
                ]
                found.append(("area", self.province_id))
        return found

    def sessions(self, spell, *, start=None, end=None):
        """[(date, session, word)] that count for the pupil of a spell, oldest first."""
        found = []
        for key in self.counted:
            class_id, date, session = key
            inside = (start is None or start <= date) and (end is None or date < end)
            if class_id != spell.school_class_id or not inside or not _holds(spell, date):
                continue
            word = self.said[key][spell.pupil_id]
            if word != NOT_COUNTED:
                found.append((date, session, word))
        return found

    def year_of(self, pupil_id):
        """The sessions of a pupil in all classes, oldest first."""
        return [
            session
            for spell in self.spells
            if spell.pupil_id == pupil_id
            for session in self.sessions(spell)
        ]

    def resync(self, pupil_ids):
        """After two records became one, or two again: take what the registers say of them."""
        for register in Register.objects.prefetch_related("uncounted"):
            key = (register.school_class_id, register.date, register.session)
            revision = register.revisions.get(number=register.revision)
            words = {int(pk): mark[0] for pk, mark in (revision.off_roll or {}).items()}
            words |= {pk: revision.marks.get(str(pk), [""])[0] for pk in revision.roll}
            words |= {each.pupil_id: NOT_COUNTED for each in register.uncounted.all()}
            for pupil in pupil_ids:
                self.said[key].pop(pupil, None)
                if pupil in words:
                    self.said[key][pupil] = words[pupil]


def _holds(row, date):
    return row.valid_from <= date and (row.valid_to is None or date < row.valid_to)
