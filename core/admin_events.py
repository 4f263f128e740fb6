"""Every change in Django's admin leaves an event with old and new values.

Hung on the signals of the models themselves, so that inlines, actions and pages of other
packages are heard as well. Services outside the admin record their own decisions.
"""

import json
from typing import Any

from django.contrib import admin
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model
from django.db.models.signals import post_save, pre_delete, pre_save
from django.utils.translation import gettext_lazy as _

from .events import Kind, declare, present_actor, record
from .events import present_request as present

ADDED = declare("admin.added", _("Added in the administration"))
CHANGED = declare("admin.changed", _("Changed in the administration"))
DELETED = declare("admin.deleted", _("Deleted in the administration"))
# Values that say nothing, or that nobody may read.
UNSAID, SECRET = frozenset({"last_login"}), frozenset({"password", "digest"})
# On a row while it is saved: its values before.
BEFORE = "_values_before"


def connect() -> None:
    """Begin to listen to the models that the admin keeps; once they are all registered.

    To no others: of a model that somebody listens to, Django reads every row before it
    deletes it.
    """
    for model in _kept_by_the_admin():
        for signal, receiver in (
            (pre_save, _remember),
            (post_save, _saved),
            (pre_delete, _deleted),
        ):
            signal.connect(receiver, sender=model, dispatch_uid=f"admin_events {model._meta.label}")


def _kept_by_the_admin() -> set[type[Model]]:
    pages = admin.site._registry
    return {*pages, *(inline.model for page in pages.values() for inline in page.inlines)}


def _is_heard() -> bool:
    """Whether this row is being written by a page of the admin."""
    match = getattr(present(), "resolver_match", None)
    return match is not None and "admin" in match.app_names


def _values(row: Model) -> dict[str, Any]:
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.attname not in UNSAID and not field.primary_key
    }


def _remember(sender: type[Model], instance: Model, raw: bool = False, **kwargs: object) -> None:
    if raw or not _is_heard():
        return
    before = sender._base_manager.filter(pk=instance.pk).first() if instance.pk else None
    setattr(instance, BEFORE, _values(before) if before else {})


def _saved(
    sender: type[Model], instance: Model, created: bool, raw: bool = False, **kwargs: object
) -> None:
    if raw or not _is_heard():
        return
    before, now = getattr(instance, BEFORE, {}), _values(instance)
    changes = {
        name: _pair(name, before.get(name), value)
        for name, value in now.items()
        if before.get(name) != value and not (created and value in (None, ""))
    }
    if changes:
        _record(ADDED if created else CHANGED, instance, changes)


def _deleted(sender: type[Model], instance: Model, **kwargs: object) -> None:
    if _is_heard():
        changes = {name: _pair(name, value, None) for name, value in _values(instance).items()}
        _record(DELETED, instance, changes)


def _pair(name: str, old: Any, new: Any) -> tuple[Any, Any]:
    if name in SECRET:
        return ("•" if old else "", "•" if new else "")
    return json.loads(json.dumps([old, new], cls=DjangoJSONEncoder, default=str))


def _record(kind: Kind, row: Model, changes: dict[str, tuple[Any, Any]]) -> None:
    label = row._meta.model_name
    record(
        getattr(row, "event_kinds", {}).get(kind.code, kind),
        by=present_actor(),
        about=row,
        name=getattr(row, "event_name", None),
        area=row.pk if label == "area" else getattr(row, "area_id", None),
        school=row.pk if label == "school" else getattr(row, "school_id", None),
        changes=changes,
    )
