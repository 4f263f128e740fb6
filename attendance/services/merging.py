"""Two sheets of one register become one, pupil by pupil.

Both sides started from the same base. A side that left a pupil as in the base says
nothing about that pupil; "present" is what a sheet shows before anybody touched it. So marks
for different pupils, and the same mark twice, go together; only two different new marks for
one pupil are for a person to decide.
"""


def merge(base, mine, theirs, *, prefilled=frozenset()):
    """(merged marks, set of contested pupil ids), each of the form pupil id -> (mark, reason).

    `prefilled` are pupils whom a sheet without a register may have shown away: there both a
    mark and none may be what nobody touched, so one against the other is contested.
    Symmetric but for the contested pupils, who keep the mark of `theirs` until decided.
    A reason given by one side only belongs to the mark both agree on.
    """
    merged, contested = dict(theirs), set()
    for pupil in {*base, *mine, *theirs}:
        before, here, there = base.get(pupil), mine.get(pupil), theirs.get(pupil)
        if here == there:
            continue
        if pupil in prefilled and None in (here, there):
            contested.add(pupil)
            continue
        if here == before:
            continue
        if there == before:
            merged[pupil] = here
        elif here and there and here[0] == there[0] and "" in (here[1], there[1]):
            merged[pupil] = (here[0], here[1] or there[1])
        else:
            contested.add(pupil)
    return {pupil: mark for pupil, mark in merged.items() if mark}, contested


def marks_of(revision):
    """Dict pupil id -> (mark, reason) of a `RegisterRevision`."""
    return {int(pupil): (mark, reason) for pupil, (mark, reason) in revision.marks.items()}


def sent_marks_of(revision):
    """The same of what its operation carried, which a merged revision keeps beside its own."""
    marks = revision.marks if revision.sent_marks is None else revision.sent_marks
    return {int(pupil): (mark, reason) for pupil, (mark, reason) in marks.items()}
