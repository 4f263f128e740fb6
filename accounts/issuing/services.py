"""Making accounts in bulk: asked for by a person, made in a job, handed over as slips."""

import datetime
import itertools
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from core import rules
from core.contention import Busy
from core.events import record
from core.scope import Scope
from core.services import background_runs
from core.services.saving import locked_row, one_at_a_time, save_checked
from schools.models import Area, School, SchoolClass

from .. import events, services, tokens
from ..first_passwords import FIRST_DAYS, canonical, first_password
from ..giving.reach import Place, may_reset, reach
from ..giving.services import columns_of
from ..models import (
    NOT_TO_GIVE,
    SLIPS_FOLDER,
    AccountBatch,
    AccountBatchLine,
    StaffMember,
    User,
)
from ..roles import AREA, CLASS, SCHOOL
from ..scoping import scope_for
from ..staff.services.people import link_account
from ..usernames import free_name, stem
from . import sealing
from .candidates import Candidate, candidates, schools_to_staff
from .new_account import NewAccount, PlaceRef
from .slips import Slip, make_pdf

MOST = 10_000
# Batches of one person that wait or are being made.
MOST_WAITING = 3
# People written in one transaction; SQLite lets nobody else write meanwhile.
CHUNK = 25
# Hashing takes 20 ms a password and leaves the interpreter alone meanwhile: as many threads as
# `accounts.hashers` lets hash at once.
THREADS = 2
SLIPS_KEPT = datetime.timedelta(hours=1)
# Of PostgreSQL: one maker of accounts at a time chooses user names.
_LOCK = 0x6C6365_01
_TRIES = 20
MODELS: dict[str, type[Area] | type[School] | type[SchoolClass]] = {
    AREA: Area,
    SCHOOL: School,
    CLASS: SchoolClass,
}


@transaction.atomic
def ask_for_accounts(
    *, scope: Scope, people: Sequence[NewAccount], valid_from: datetime.date
) -> AccountBatch:
    """Note that accounts are wanted; the caller enqueues the job with the batch's id.

    Raises PermissionDenied for a role or place that is not the giver's to give, ValidationError
    for nobody, too many, a day in the past, or when `MOST_WAITING` others wait.
    """
    if valid_from < timezone.localdate():
        raise ValidationError(
            _("A role begins today or later. Choose another day."), code="in_the_past"
        )
    _check_places(scope, {(each.role, each.places) for each in people})
    return note_people(by=user_of(scope), people=people, valid_from=valid_from)


@transaction.atomic
def note_people(
    *, by: User, people: Sequence[NewAccount], valid_from: datetime.date
) -> AccountBatch:
    """Note the people of a batch, whom the caller has found to be the asker's to make.

    The job asks once more. Raises ValidationError as `ask_for_accounts`, but for the day.
    """
    if not people:
        raise ValidationError(_("Choose at least one person."), code="nobody")
    if len(people) > MOST:
        raise ValidationError(
            _("At most %(most)s accounts at once.") % {"most": MOST}, code="too_many"
        )
    batch = _new_batch(by, valid_from=valid_from)
    AccountBatchLine.objects.bulk_create(
        [
            AccountBatchLine(
                batch=batch,
                number=number,
                full_name=each.full_name,
                phone=each.phone,
                email=each.email,
                role=each.role,
                places=[[place.kind, place.pk] for place in each.places],
                slip_place=each.slip_place,
                person_id=each.person,
            )
            for number, each in enumerate(people, 1)
        ],
        batch_size=500,
    )
    record(events.ACCOUNTS_ASKED, by=by, about=batch, changes={"count": (0, len(people))})
    return batch


@transaction.atomic
def ask_for_slips_again(*, scope: Scope, people: Sequence[User], place: str) -> AccountBatch:
    """Note that new slips are wanted for people who never signed in, whose old ones open nothing.

    `place`: what heads the slips. Those whom the asker may not open again, and those who signed
    in, are left out. Raises ValidationError when nobody is left, or `MOST_WAITING` others wait.
    """
    by = user_of(scope)
    chosen = [each for each in people if each.last_login is None and may_reset(scope, each)]
    if not chosen:
        raise ValidationError(
            _("Everybody here has signed in, or is not yours to open again."), code="nobody"
        )
    batch = _new_batch(by, valid_from=timezone.localdate(), is_again=True)
    AccountBatchLine.objects.bulk_create(
        AccountBatchLine(
            batch=batch, number=number, full_name=each.full_name, user=each, slip_place=place
        )
        for number, each in enumerate(chosen, 1)
    )
    record(events.SLIPS_ASKED, by=by, about=batch, changes={"count": (0, len(chosen))})
    return batch


def make_accounts(*, batch_id: str | UUID) -> AccountBatch | None:
    """Make the accounts of a waiting batch and the file of their slips.

    Safe to call again after a run that died: who has an account from that run and has not signed
    in gets another password, as the slips of the dead run are lost. Returns the batch, or None
    when another worker has it.
    """
    batch = background_runs.claim(
        AccountBatch.objects.select_related("made_by"),
        batch_id,
        states={AccountBatch.State.WAITING},
        into=AccountBatch.State.RUNNING,
    )
    if batch is None:
        return None
    # Whatever goes wrong says no password: none is in the text of an error of ours.
    with background_runs.at_work(batch), override("vi"):
        try:
            _make(batch)
        except PermissionDenied:
            background_runs.finish(
                batch, AccountBatch.State.FAILED, **background_runs.problem(NOT_TO_GIVE)
            )
    batch.refresh_from_db()
    return batch


@transaction.atomic
def cancel_batch(*, batch: AccountBatch, by: User) -> bool:
    """Make no more accounts of a batch; False when it is over already.

    What is made stays, without slips: new ones can be asked for.
    """
    if not background_runs.cancel(batch):
        return False
    batch.lines.update(phone="", email="")
    record(events.ACCOUNTS_CANCELLED, by=by, about=batch)
    return True


def batch_died(*, batch_id: str | UUID, given_up: bool) -> None:
    """The process that made a batch died: it waits again, or is given up."""
    background_runs.lost(AccountBatch, batch_id, given_up=given_up)


def take_slips(*, batch: AccountBatch, by: User) -> bytes | None:
    """The PDF of slips for whoever asked for them, once: then the file is gone.

    Returns None when it was taken before or its time is over. With an event.
    """
    with transaction.atomic():
        found = locked_row(batch)
        if found.made_by_id != by.pk or not found.has_slips or found.fetched_at is not None:
            return None
        with found.file.open("rb") as file:
            content = sealing.unseal(file.read(), found.pk)
        name = str(found.file.name)
        AccountBatch.objects.filter(pk=found.pk).update(file="", fetched_at=timezone.now())
        record(events.SLIPS_FETCHED, by=by, about=found)
    found.file.storage.delete(name)
    return content


def remove_slips() -> int:
    """Delete files of slips past their end, and any that no batch names; returns how many."""
    removed, now = 0, timezone.now()
    for batch in background_runs.past_their_end(AccountBatch).exclude(file=""):
        background_runs.forget_files(batch)
        removed += 1
    storage = AccountBatch._meta.get_field("file").storage
    try:
        _folders, names = storage.listdir(SLIPS_FOLDER)
    except FileNotFoundError:
        return removed
    for name in names:
        path = f"{SLIPS_FOLDER}/{name}"
        try:
            is_old = storage.get_modified_time(path) < now - SLIPS_KEPT
        except FileNotFoundError:
            continue
        if is_old and not AccountBatch.objects.filter(file=path).exists():
            storage.delete(path)
            removed += 1
    return removed


def remove_old_batches() -> int:
    """Delete batches once no password of theirs can open anything; returns how many."""
    before = timezone.now() - datetime.timedelta(days=_days())
    old = AccountBatch.objects.filter(made_at__lt=before, file="")
    count = len(old)
    old.delete()
    return count


# --- In the job ----------------------------------------------------------------------------------


def _make(batch: AccountBatch) -> None:
    lines = list(batch.lines.select_related("user"))
    scope = scope_for(batch.made_by)
    if not batch.is_again:
        wanted = {(line.role, _refs(line)) for line in lines if line.person_id is None}
        _check_places(scope, wanted)
    if any(line.person_id for line in lines) and not reach(scope, "teacher"):
        raise PermissionDenied
    until = timezone.now() + datetime.timedelta(days=_days())
    places = _places(lines)
    slips: list[Slip] = []
    background_runs.beat(batch, total=len(lines))
    passwords = [first_password() for _line in lines]
    pool = ThreadPoolExecutor(THREADS)
    try:
        # All at once: those of the next chunk are hashed while one is written.
        hashes = pool.map(_hash, passwords)
        for at in range(0, len(lines), CHUNK):
            chunk = lines[at : at + CHUNK]
            ready = list(itertools.islice(hashes, len(chunk)))
            made = _write(batch, chunk, ready, until, places, scope)
            slips += [
                Slip(line.slip_place, line.full_name, user.username, password)
                for line, password, user in zip(chunk, passwords[at:], made, strict=False)
                if user is not None
            ]
            background_runs.beat(batch, done=at + len(chunk))
    finally:
        pool.shutdown(cancel_futures=True)
    # Places in the order of the list, the people of each together.
    order = {line.slip_place: line.number for line in reversed(lines)}
    slips.sort(key=lambda slip: order[slip.place])
    _finish(batch, slips, until)


def _write(
    batch: AccountBatch,
    lines: Sequence[AccountBatchLine],
    hashes: Sequence[str],
    until: datetime.datetime,
    places: dict[PlaceRef, Area | School | SchoolClass],
    scope: Scope,
) -> list[User | None]:
    """The accounts of a chunk; None for who signed in meanwhile, and for who of the staff list
    got an account from another batch, or is no longer the maker's to give one."""
    with transaction.atomic():
        _one_maker()
        # Holds the row until the chunk is written: who cancelled before gets no account more.
        background_runs.beat(batch)
        staff = _lock_staff(lines, scope)
        found: list[User | None] = []
        for line, encoded in zip(lines, hashes, strict=True):
            if line.user is not None:
                found.append(_renew(line.user, encoded, until, batch.made_by))
                continue
            person = staff.get(line.person_id or 0)
            if line.person_id is not None and person is None:
                found.append(None)
                continue
            user = _create(line, encoded, until, batch.made_by)
            held_for: list[Place] = [places[each] for each in _refs(line)]
            if person is not None:
                link_account(
                    person=person.person, account=user, by=batch.made_by, school=person.school
                )
                held_for = [each for each in held_for if each in person.head_of]
            for place in held_for or ([None] if person is None else []):
                services.grant_role(
                    user=user,
                    role=line.role,
                    by=batch.made_by,
                    valid_from=batch.valid_from,
                    **columns_of(place),
                )
            line.user = user
            line.save(update_fields=["user"])
            found.append(user)
    return found


def _lock_staff(lines: Sequence[AccountBatchLine], scope: Scope) -> dict[int, Candidate]:
    """Those of the staff list who get an account now, by key; locked until the chunk is written.

    Two batches with one person take the row one after the other, and the second finds the
    account. A class given to them meanwhile waits, or has been seen.
    """
    ids = [line.person_id for line in lines if line.person_id is not None and line.user is None]
    if not ids:
        return {}
    rows = StaffMember.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    locked = list(rows.values_list("pk", flat=True))
    found = candidates(scope, schools=schools_to_staff(scope), people=locked)
    return {each.person.pk: each for each in found if not each.obstacle}


def _create(line: AccountBatchLine, encoded: str, until: datetime.datetime, by: User) -> User:
    """An account under the first free user name; others may take names at the same moment."""
    first = stem(line.full_name)
    for _try in range(_TRIES):
        taken = User.objects.filter(username__startswith=first).values_list("username", flat=True)
        user = User(
            username=free_name(line.full_name, set(taken)),
            full_name=line.full_name,
            phone=line.phone,
            email=line.email,
            password=encoded,
            must_change_password=True,
            temporary_until=until,
        )
        try:
            # In a transaction of its own: what was refused leaves the chunk as it was.
            with transaction.atomic():
                save_checked(user)
        except (IntegrityError, ValidationError) as refusal:
            if _is_other_than_taken(refusal):
                raise
            continue
        record(events.ACCOUNT_MADE, by=by, about=user)
        return user
    raise Busy


def _is_other_than_taken(refusal: IntegrityError | ValidationError) -> bool:
    named = getattr(refusal, "error_dict", {"username": []})
    return "username" not in named


def _renew(user: User, encoded: str, until: datetime.datetime, by: User) -> User | None:
    user = locked_row(user, no_key=True)
    if user.last_login is not None or not user.is_active:
        return None
    user.password, user.temporary_until, user.opens_once = encoded, until, False
    user.must_change_password = True
    tokens.revoke_all(user=user, by=by, why="password_changed")
    user.save(update_fields=["password", "temporary_until", "opens_once", "must_change_password"])
    record(events.PASSWORD_RESET, by=by, about=user)
    return user


def _finish(batch: AccountBatch, slips: Sequence[Slip], until: datetime.datetime) -> None:
    last_day = timezone.localtime(until).date()
    sealed = sealing.seal(make_pdf(slips, until=last_day), batch.pk)
    now = timezone.now()
    with transaction.atomic():
        batch.file.save("slips", ContentFile(sealed), save=False)
        background_runs.finish(
            batch,
            AccountBatch.State.DONE,
            file=batch.file.name,
            expires_at=now + SLIPS_KEPT,
            fetched_at=None,
        )
        # They are with the account now.
        batch.lines.update(phone="", email="")
        record(events.SLIPS_MADE, by=batch.made_by, about=batch, changes={"count": (0, len(slips))})


def _hash(password: str) -> str:
    while True:
        try:
            return make_password(canonical(password))
        except Busy:
            # Somebody signs in in this process; they go first.
            time.sleep(0.02)


def _one_maker() -> None:
    """Until the end of the transaction no other batch chooses user names.

    SQLite has one writer anyway. Without it two batches that take the same names in another
    order would wait for each other.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


# --- Shared --------------------------------------------------------------------------------------


def _new_batch(by: User, *, valid_from: datetime.date, is_again: bool = False) -> AccountBatch:
    one_at_a_time(by)
    waiting = AccountBatch.objects.filter(made_by=by, state__in=list(AccountBatch.PHASES))
    if waiting.count() >= MOST_WAITING:
        raise ValidationError(
            _("Accounts of yours are still being made. Wait until they are ready."),
            code="too_many_waiting",
        )
    return AccountBatch.objects.create(made_by=by, valid_from=valid_from, is_again=is_again)


def _check_places(scope: Scope, wanted: set[tuple[str, tuple[PlaceRef, ...]]]) -> None:
    """Raise PermissionDenied unless every role and place is the giver's to give.

    A query a role and kind, however many people there are.
    """
    refs: dict[str, set[PlaceRef]] = {}
    for role, places in wanted:
        refs.setdefault(role, set()).update(places)
        if not places and not reach(scope, role).has(None):
            raise PermissionDenied
    for role, places_of_role in refs.items():
        found = reach(scope, role)
        for kind in MODELS:
            ids = {place.pk for place in places_of_role if place.kind == kind}
            if ids and not found.holds(kind, ids):
                raise PermissionDenied


def _places(
    lines: Sequence[AccountBatchLine],
) -> dict[PlaceRef, Area | School | SchoolClass]:
    refs = {each for line in lines for each in _refs(line)}
    found: dict[PlaceRef, Area | School | SchoolClass] = {}
    for kind, model in MODELS.items():
        ids = [each.pk for each in refs if each.kind == kind]
        for pk, row in model._default_manager.in_bulk(ids).items():
            found[PlaceRef(kind, pk)] = row
    return found


def _refs(line: AccountBatchLine) -> tuple[PlaceRef, ...]:
    return tuple(PlaceRef(kind, pk) for kind, pk in line.places)


def _days() -> int:
    return int(rules.value(FIRST_DAYS, on=timezone.localdate()))


def user_of(scope: Scope) -> User:
    """Whose scope it is; raises PermissionDenied for nobody's."""
    if not isinstance(scope.user, User):
        raise PermissionDenied
    return scope.user
