"""What a decree will do to the map of units, worked out from its lines without writing anything."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from core.types import User
from core.validity import valid_during
from core.vietnamese import title_key

from ..enums import AreaKind, AreaLevel
from ..models import Area, ClusterMembership, Placement, School
from ..school_records.selectors.standing import not_open
from .decree_files import Decree, Line, whole
from .followers import Key, Prepared, ToCarry, by_code, key_of

ONE_DAY = datetime.timedelta(days=1)
NAMED = 10


@dataclass
class Plan:
    """What a decree does.

    Attributes:
        ended: versions of units that end on the day.
        begun: versions that begin, not saved; parents stand before what lies in them.
        successions: (old, new): the territory of one went into the other.
        members: (cluster, commune): communes that begin and lie in a cluster.
        moved: (school, commune): schools that a line of their own places.
        left: ids of the communes in which those lie until then.
        following: schools that go where their commune goes.
        carried: {code of a follower: (old unit, new unit)}.
        above: ids of the units in which a new unit of `carried` lies, itself too, by its key.
        prepared: {code of a follower: what goes along}.
        refusals: why it cannot be done, in sentences; then nothing else counts.
    """

    decree: Decree
    ended: list[Area] = field(default_factory=list)
    begun: list[Area] = field(default_factory=list)
    successions: list[tuple[Area, Area]] = field(default_factory=list)
    members: list[tuple[Area, Area]] = field(default_factory=list)
    moved: list[tuple[School, Area]] = field(default_factory=list)
    left: set[int] = field(default_factory=set)
    following: list[int] = field(default_factory=list)
    carried: dict[str, list[tuple[Area, Area]]] = field(default_factory=dict)
    above: dict[Key, set[int]] = field(default_factory=dict)
    prepared: dict[str, Prepared] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)

    def prepare(self, *, by: User | None, locking: bool) -> None:
        """Ask the followers what goes along; fills `prepared` and `refusals`."""
        ended = {area.pk for area in self.ended}
        for code, follower in by_code().items():
            pairs = self.carried.get(code)
            self.prepared[code] = (
                follower.prepare(
                    ToCarry(pairs, ended, self.decree.effective_on, self.above, by, locking)
                )
                if pairs
                else Prepared()
            )
            self.refusals += self.prepared[code].refusals

    def concerned(self) -> set[int]:
        """Ids of every unit of today whose land or schools the decree changes, or in which a unit
        begins; villages count for no figure."""
        units = [
            *self.ended,
            *(area.parent for area in self.begun if area.level < AreaLevel.VILLAGE),
            *(new for _old, new in self.successions),
            *(cluster for cluster, _commune in self.members),
            *(commune for _school, commune in self.moved),
        ]
        return self.left | {area.pk for area in units if area is not None and area.pk is not None}


def plan_of(decree: Decree, *, carry: Collection[str] = ()) -> Plan:
    """Work out a decree.

    Args:
        carry: codes of `followers` that go along wherever a unit goes into one other as a whole;
            lines may name them for themselves.

    What lies in a unit that ends and has no line goes with it: a commune of a renamed district,
    a village of a merged commune begin anew under the same code and name. About ten queries.
    """
    return _Planner(decree, frozenset(carry)).plan()


class _Planner:
    def __init__(self, decree: Decree, carry: frozenset[str]) -> None:
        self.decree, self.carry = decree, carry
        self.on = decree.effective_on
        self.result = Plan(decree)
        self.standing: dict[Key, Area] = {
            (area.level, area.code): area for area in Area.objects.on(self.on - ONE_DAY)
        }
        self.by_pk = {area.pk: area for area in self.standing.values()}
        self.later: dict[Key, datetime.date] = {}
        for level, code, start in (
            Area.objects.filter(valid_from__gte=self.on)
            .order_by("-valid_from")
            .values_list("level", "code", "valid_from")
        ):
            self.later[level, code] = start
        self.begun: dict[Key, Area] = {}
        self.ended: dict[int, Area] = {}
        # Id of a unit with lines -> the units it goes into.
        self.becomes: defaultdict[int, list[Area]] = defaultdict(list)
        self.spoken_of: set[Key] = set()
        # (row or 0, sentence)
        self.refusals: list[tuple[int, str]] = []

    def refuse(self, line: Line | None, text: str) -> None:
        row = line.row if line is not None else 0
        said = _("Row %(row)s: %(what)s") % {"row": row, "what": text} if row else text
        self.refusals.append((row, said))

    def plan(self) -> Plan:
        for level in (AreaLevel.DISTRICT, AreaLevel.COMMUNE, AreaLevel.VILLAGE):
            self._level(level)
        if not self.refusals:
            self._schools()
            self._clusters()
        if not self.refusals and not self.ended and not self.result.moved:
            self.refuse(None, _("The decree changes nothing: the map is as it says already."))
        self.result.refusals = [said for _row, said in sorted(self.refusals, key=_by_row)]
        self.result.ended = list(self.ended.values())
        self.result.begun = list(self.begun.values())
        if not self.refusals:
            self._above()
        return self.result

    # Units.

    def _level(self, level: AreaLevel) -> None:
        lines = self._checked(level)
        self.spoken_of |= {(level, line.old) for line in lines if line.old}
        lines += self._implied(level)
        by_old: defaultdict[str, list[Line]] = defaultdict(list)
        by_new: dict[str, list[Line]] = {}
        for line in lines:
            by_old[line.old].append(line)
            if line.new:
                by_new.setdefault(line.new, []).append(line)
        goes_on = {
            line.old
            for line in lines
            if line.old and line.new == line.old and len(by_old[line.old]) == 1
            if not self._changes(level, by_new[line.new])
        }
        for line in lines:
            if line.old and line.old not in goes_on:
                area = self.standing[level, line.old]
                self.ended[area.pk] = area
        if self._goes_round(level, by_old, by_new):
            return
        for code, into in by_new.items():
            target = self._target(level, code, into, goes_on)
            if target is None:
                continue
            for line in into:
                old = self.standing.get((level, line.old))
                if old is None or old is target:
                    continue
                self.becomes[old.pk].append(target)
                self.result.successions.append((old, target))
                chosen = line.carries | (self.carry if len(by_old[line.old]) == 1 else frozenset())
                for carried in sorted(chosen):
                    self.result.carried.setdefault(carried, []).append((old, target))

    def _checked(self, level: AreaLevel) -> list[Line]:
        """The lines of a level whose old unit may end on the day."""
        found: list[Line] = []
        first: dict[tuple[str, str], Line] = {}
        for line in self.decree.lines:
            if line.level != level:
                continue
            if level == AreaLevel.VILLAGE and line.old and not line.new:
                line = replace(line, new=line.old)
            twin = first.setdefault((line.old, line.new), line)
            if twin is not line:
                self.refuse(
                    line,
                    _("%(old)s → %(new)s stands in row %(row)s already. Delete one of them.")
                    % {"old": line.old or "—", "new": line.new or "—", "row": twin.row},
                )
            elif self._may_end(line, level):
                found.append(line)
        for line in found:
            if not line.new and any(other.old == line.old and other.new for other in found):
                self.refuse(
                    line,
                    _("%(code)s is abolished here and goes into another unit in another row.")
                    % {"code": line.old},
                )
        return found

    def _may_end(self, line: Line, level: AreaLevel) -> bool:
        if not line.old:
            if level == AreaLevel.DISTRICT:
                return True
            self.refuse(line, _("Say from which old unit the new one comes: fill in the old code."))
            return False
        if not line.new and level != AreaLevel.DISTRICT:
            self.refuse(
                line,
                _("%(code)s goes nowhere. Write into which unit it goes: fill in the new code.")
                % {"code": line.old},
            )
            return False
        area = self.standing.get((level, line.old))
        if area is None:
            self.refuse(line, self._not_there(level, line.old))
            return False
        if area.kind == AreaKind.CLUSTER:
            self.refuse(line, _("%(area)s is a cluster, no unit of the State.") % _named(area))
            return False
        if area.valid_to is not None:
            self.refuse(
                line,
                _("%(area)s ends on %(day)s already. Delete the row, or take that decree back.")
                % (_named(area) | {"day": _day(area.valid_to)}),
            )
            return False
        return True

    def _not_there(self, level: int, code: str) -> str:
        versions = Area.objects.filter(level=level, code=code).order_by("-valid_from")
        told = {"code": code, "level": str(AreaLevel(level).label).lower(), "day": _day(self.on)}
        last = versions.filter(valid_from__lt=self.on).first()
        if last is not None and last.valid_to is not None:
            return _(
                "%(area)s (%(code)s) ended on %(ended)s: before %(day)s there is no such unit. "
                "Check the code and the day."
            ) % (told | _named(last) | {"ended": _day(last.valid_to)})
        if versions:
            return _("%(code)s begins on %(day)s or later only. Check the code and the day.") % told
        return (
            _(
                "there is no %(level)s with the code %(code)s. Check the code and what the row is "
                "about."
            )
            % told
        )

    def _implied(self, level: AreaLevel) -> list[Line]:
        """Lines for what lies in a unit that ends and is not spoken of."""
        found = []
        for area in self._of_level(level):
            parent = self._lies_in(area)
            if (level, area.code) in self.spoken_of or parent is None:
                continue
            if parent.pk not in self.ended or area.kind == AreaKind.CLUSTER:
                continue
            if area.valid_to is not None:
                continue
            into = self.becomes[parent.pk]
            if len(into) != 1:
                self.refuse(
                    None,
                    _(
                        "%(area)s (%(code)s) lies in %(parent)s, which is divided or abolished. "
                        "Add a row that says where it lies from then on."
                    )
                    % (_named(area) | {"code": area.code, "parent": parent.title}),
                )
                continue
            found.append(Line(0, level, old=area.code, new=area.code, parent=into[0].code))
        return found

    def _lies_in(self, area: Area) -> Area | None:
        """The unit above one that stands on the day before; None for a province."""
        return None if area.parent_id is None else self.by_pk.get(area.parent_id)

    def _of_level(self, level: int) -> list[Area]:
        return sorted(
            (area for (rank, _code), area in self.standing.items() if rank == level),
            key=lambda area: area.code,
        )

    def _changes(self, level: AreaLevel, lines: Sequence[Line]) -> bool:
        """Whether the lines of a code that has its unit already give it another name or place."""
        area = self.standing[level, lines[0].new]
        if any(
            line.name not in ("", area.name) or line.kind not in ("", area.kind) for line in lines
        ):
            return True
        parent = self._lies_in(area)
        if parent is not None and parent.pk in self.ended:
            return True
        told = [line.parent for line in lines if line.parent]
        return any(parent is None or whole(code, parent.level) != parent.code for code in told)

    def _goes_round(
        self,
        level: AreaLevel,
        by_old: dict[str, list[Line]],
        by_new: dict[str, list[Line]],
    ) -> bool:
        """Refuse units that go into each other without one that is new; whether there are any."""
        seen: set[str] = set()
        found = False
        for start in by_old:
            chain: list[str] = []
            code = start
            while code and code not in seen and code not in chain:
                chain.append(code)
                into = [line.new for line in by_old.get(code, ())]
                named = any(line.name for line in by_new.get(into[0] if into else "", ()))
                code = into[0] if len(into) == 1 and into[0] != code and not named else ""
            seen.update(chain)
            if len(chain) > 1 and code == chain[0]:
                found = True
                self.refuse(
                    by_old[start][0],
                    _(
                        "%(codes)s go into each other in a circle. Say what each of them is called "
                        "from then on: fill in the new names."
                    )
                    % {"codes": " → ".join([*chain, code])},
                )
        return found

    def _target(
        self, level: AreaLevel, code: str, lines: list[Line], goes_on: set[str]
    ) -> Area | None:
        """The unit of a new code: one that goes on, or one that begins; None when refused."""
        standing = self.standing.get((level, code))
        told = {key: self._told(lines, key, code) for key in ("name", "kind", "parent")}
        if None in told.values():
            return None
        name, kind, above = told["name"] or "", told["kind"] or "", told["parent"] or ""
        if standing is not None and (standing.pk not in self.ended or code in goes_on):
            if standing.valid_to is not None:
                self.refuse(
                    lines[0],
                    _("%(area)s ends on %(day)s already. Choose another unit, or take that back.")
                    % (_named(standing) | {"day": _day(standing.valid_to)}),
                )
                return None
            if code not in goes_on and self._changes(level, lines):
                self.refuse(
                    lines[0],
                    _(
                        "%(code)s is %(area)s and goes on. To give it another name, kind or place "
                        "add the row %(code)s → %(code)s; else leave these cells empty."
                    )
                    % (_named(standing) | {"code": code}),
                )
                return None
            return standing
        if (level, code) in self.later:
            self.refuse(
                lines[0],
                _("%(code)s is a unit from %(day)s on already. Check the code and the day.")
                % {"code": code, "day": _day(self.later[level, code])},
            )
            return None
        olds = [self.standing[level, line.old] for line in lines if line.old]
        own = next((old for old in olds if old.code == code), None)
        base = own or (olds[0] if len(olds) == 1 else None)
        name = name or (base.name if base is not None else "")
        kind = kind or _common(old.kind for old in ([base] if base else olds))
        parent = self._parent(level, lines[0], above, [base] if base is not None else olds)
        for text, what in ((name, _("the new name")), (kind, _("the kind"))):
            if not text:
                self.refuse(
                    lines[0],
                    _("%(code)s begins on %(day)s: fill in %(what)s.")
                    % {"code": code, "day": _day(self.on), "what": what},
                )
        if not name or not kind or parent is None:
            return None
        area = Area(
            level=level,
            kind=kind,
            code=code,
            name=name,
            parent=parent,
            decree=self.decree.named,
            valid_from=self.on,
        )
        self.begun[level, code] = area
        return area

    def _told(self, lines: Sequence[Line], key: str, code: str) -> str | None:
        """What the lines of a new code say of it, "" when nothing; None when they disagree."""
        said = {getattr(line, key): line for line in lines if getattr(line, key)}
        if len(said) > 1:
            self.refuse(
                list(said.values())[1],
                _("%(code)s is told of in two ways: %(said)s. Let its rows agree.")
                % {"code": code, "said": "; ".join(said)},
            )
            return None
        return next(iter(said), "")

    def _parent(self, level: AreaLevel, line: Line, code: str, olds: Sequence[Area]) -> Area | None:
        if code:
            for above in range(level - 1, 0, -1):
                found = self._at(above, whole(code, above))
                if found is not None and found.kind != AreaKind.CLUSTER:
                    return found
            self.refuse(
                line,
                _(
                    "there is no unit %(code)s above it on %(day)s. Check the column that says "
                    "where it lies."
                )
                % {"code": code, "day": _day(self.on)},
            )
            return None
        nows = [self._now(self._lies_in(old)) for old in olds]
        if nows and nows[0] is not None and all(each is nows[0] for each in nows):
            return nows[0]
        self.refuse(
            line,
            _("say where %(code)s lies from %(day)s on: fill in the code of the unit above it.")
            % {"code": line.new, "day": _day(self.on)},
        )
        return None

    def _now(self, area: Area | None) -> Area | None:
        """What a unit of the day before is on the day: itself, or the one that followed it."""
        if area is None or area.pk not in self.ended:
            return area
        into = self.becomes[area.pk]
        return into[0] if len(into) == 1 else None

    def _at(self, level: int, code: str) -> Area | None:
        """The unit of a code on the day itself."""
        begun = self.begun.get((level, code))
        if begun is not None:
            return begun
        standing = self.standing.get((level, code))
        over = standing is None or standing.pk in self.ended or standing.valid_to is not None
        return None if over else standing

    # Schools and clusters.

    def _schools(self) -> None:
        placements: defaultdict[int, list[Placement]] = defaultdict(list)
        for placement in (
            Placement.objects.filter(valid_during(self.on - ONE_DAY, datetime.date.max))
            .select_related("school")
            .order_by("valid_from")
        ):
            placements[placement.school_id].append(placement)
        own = self._own_lines(placements)
        divided: defaultdict[int, list[School]] = defaultdict(list)
        for school_id, rows in placements.items():
            if school_id in own:
                continue
            for row in rows:
                if row.commune_id not in self.ended or not row.meets(self.on, datetime.date.max):
                    continue
                if len(self.becomes[row.commune_id]) == 1:
                    self.result.following.append(school_id)
                else:
                    divided[row.commune_id].append(row.school)
                break
        for commune_id, schools in divided.items():
            self.refuse(
                None,
                _(
                    "%(area)s goes into several units. Add a row for each of its schools that says "
                    "in which one it lies: %(schools)s."
                )
                % (_named(self.ended[commune_id]) | {"schools": _listed(schools)}),
            )

    def _own_lines(self, placements: dict[int, list[Placement]]) -> set[int]:
        lines = [line for line in self.decree.lines if line.level is None]
        codes = [line.old for line in lines]
        schools = {school.code: school for school in School.objects.filter(code__in=codes)}
        placed: dict[int, Line] = {}
        for line in lines:
            school = schools.get(line.old)
            if school is None:
                self.refuse(
                    line,
                    _("there is no school with the code %(code)s. Check the code.")
                    % {"code": line.old},
                )
                continue
            twin = placed.setdefault(school.pk, line)
            if twin is not line:
                self.refuse(
                    line,
                    _("%(school)s stands in row %(row)s already. Delete one of them.")
                    % {"school": school.name, "row": twin.row},
                )
                continue
            commune = self._at(AreaLevel.COMMUNE, line.parent)
            last = placements[school.pk][-1] if placements.get(school.pk) else None
            if not line.parent or line.new or commune is None:
                self.refuse(
                    line,
                    _(
                        "write in the column “Thuộc” the code of the commune in which %(school)s "
                        "lies from %(day)s on, and nothing in “Mã mới”."
                    )
                    % {"school": school.name, "day": _day(self.on)},
                )
            elif said := not_open(school, self.on):
                self.refuse(line, said[0])
            elif last is None:
                self.refuse(
                    line,
                    _("%(school)s lies in no commune. Place it first.") % {"school": school.name},
                )
            elif last.valid_from >= self.on:
                self.refuse(
                    line,
                    _("%(school)s is placed anew on %(day)s already. Delete the row.")
                    % {"school": school.name, "day": _day(last.valid_from)},
                )
            elif last.commune_id == commune.pk:
                self.refuse(
                    line,
                    _("%(school)s lies in %(area)s already. Delete the row.")
                    % (_named(commune) | {"school": school.name}),
                )
            else:
                self.result.moved.append((school, commune))
                self.result.left.add(last.commune_id)
        return set(placed)

    def _clusters(self) -> None:
        clusters = {
            code: area
            for (level, code), area in self.standing.items()
            if area.kind == AreaKind.CLUSTER and area.valid_to is None
        }
        member_of = dict(
            ClusterMembership.objects.on(self.on - ONE_DAY).values_list("commune_id", "cluster_id")
        )
        olds_of: defaultdict[int, list[Area]] = defaultdict(list)
        for old, new in self.result.successions:
            olds_of[id(new)].append(old)
        for (level, code), area in self.begun.items():
            if level != AreaLevel.COMMUNE:
                continue
            lines = [line for line in self.decree.lines if line.level == level and line.new == code]
            asked = self._told(lines, "cluster", code)
            if asked:
                cluster = clusters.get(asked)
                if cluster is None:
                    self.refuse(
                        lines[0],
                        _("there is no cluster %(code)s on %(day)s. Check its code.")
                        % {"code": asked, "day": _day(self.on)},
                    )
                    continue
            else:
                before = {member_of.get(old.pk) for old in olds_of[id(area)]}
                pk = next(iter(before)) if len(before) == 1 else None
                cluster = None if pk is None else self.by_pk.get(pk)
                if cluster is None or cluster.valid_to is not None:
                    continue
            self.result.members.append((cluster, area))

    def _above(self) -> None:
        """Where the units lie to which something is carried, as `AreaTree` has it on the day."""
        news = {key_of(new): new for pairs in self.result.carried.values() for _old, new in pairs}
        grouped = ClusterMembership.objects.on(self.on).filter(
            commune__in=[new.pk for new in news.values() if new.pk]
        )
        grouped = grouped.select_related("commune", "cluster")
        cluster_of = {key_of(each.commune): each.cluster for each in grouped}
        cluster_of |= {key_of(commune): cluster for cluster, commune in self.result.members}
        for key, new in news.items():
            self.result.above[key] = found = set()
            area: Area | None = new
            while area is not None:
                if area.pk is not None:
                    found.add(area.pk)
                above = area.parent if area.pk is None else self._lies_in(area)
                area = cluster_of.get(key, above) if area is new else above


def _by_row(refusal: tuple[int, str]) -> int:
    return refusal[0]


def _common(values: Iterable[str]) -> str:
    found = set(values)
    return found.pop() if len(found) == 1 else ""


def _named(area: Area) -> dict[str, str]:
    return {"area": area.title}


def _listed(schools: Sequence[School]) -> str:
    names = [f"{school.name} ({school.code})" for school in sorted(schools, key=_school_name)]
    more = (
        [_("… and %(count)s more.") % {"count": len(names) - NAMED}] if len(names) > NAMED else []
    )
    return ", ".join([*names[:NAMED], *more])


def _school_name(school: School) -> str:
    return title_key(school.name)


def _day(day: datetime.date) -> str:
    return f"{day:%d/%m/%Y}"
