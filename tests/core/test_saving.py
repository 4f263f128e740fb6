"""One row is saved, or the person is told why, also when two people write at one moment."""

import datetime

import pytest
from django.db import OperationalError

from core.services.saving import TRIES_AFTER_DEADLOCK, save_checked
from schools.models import Pupil

pytestmark = pytest.mark.django_db


@pytest.fixture
def pupil():
    return Pupil.objects.create(
        full_name="Giàng A Sử",
        sex="M",
        birth_date=datetime.date(2015, 3, 2),
        ethnic_group="08",
    )


def stopped_by_the_server(model, *, times, code="40P01"):
    """A `save` that the server stops `times` times, as in a deadlock, and then lets pass."""
    tries = []

    def save(self, *args, **kwargs):
        tries.append(self)
        if len(tries) <= times:
            cause = Exception("deadlock detected")
            cause.pgcode = code
            raise OperationalError("deadlock detected") from cause
        return super(model, self).save(*args, **kwargs)

    return save, tries


def test_a_deadlock_is_tried_again(monkeypatch, pupil):
    save, tries = stopped_by_the_server(Pupil, times=1)
    monkeypatch.setattr(Pupil, "save", save)
    pupil.full_name = "Giàng A Mai"
    save_checked(pupil)
    pupil.refresh_from_db()
    assert pupil.full_name == "Giàng A Mai"
    assert len(tries) == 2


def test_a_deadlock_without_end_is_an_error(monkeypatch, pupil):
    save, tries = stopped_by_the_server(Pupil, times=99)
    monkeypatch.setattr(Pupil, "save", save)
    with pytest.raises(OperationalError):
        save_checked(pupil)
    assert len(tries) == TRIES_AFTER_DEADLOCK


def test_another_trouble_of_the_database_is_not_tried_again(monkeypatch, pupil):
    save, tries = stopped_by_the_server(Pupil, times=1, code="57014")
    monkeypatch.setattr(Pupil, "save", save)
    with pytest.raises(OperationalError):
        save_checked(pupil)
    assert len(tries) == 1
