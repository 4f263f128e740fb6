"""A choice among objects already loaded, so that many forms of a page share one query."""

from django import forms
from django.utils.translation import gettext_lazy as _


class LoadedChoicesField(forms.MultipleChoiceField):
    """Choose some of `objects`; the cleaned value is the list of them."""

    def __init__(self, *, objects=(), name=str, **kwargs):
        self._name = name
        super().__init__(**kwargs)
        self.offer(objects)

    def offer(self, objects):
        """Set the objects to choose from."""
        self._objects = {str(each.pk): each for each in objects}
        self.choices = [(pk, self._name(each)) for pk, each in self._objects.items()]

    def clean(self, value):
        """The objects chosen."""
        return [self._objects[pk] for pk in super().clean(value)]


class LoadedChoiceField(forms.ChoiceField):
    """Choose one of `objects`; the cleaned value is the object, or None."""

    def __init__(self, *, objects=(), empty_label="", name=str, **kwargs):
        self._empty_label, self._name = empty_label, name
        kwargs.setdefault("error_messages", {"required": _("Choose one.")})
        super().__init__(**kwargs)
        self.offer(objects)

    def offer(self, objects):
        """Set the objects to choose from."""
        self._objects = {str(each.pk): each for each in objects}
        empty = [("", self._empty_label)] if self._empty_label else []
        self.choices = [
            *empty,
            *((pk, self._name(each)) for pk, each in self._objects.items()),
        ]

    def clean(self, value):
        """The object chosen, or None."""
        return self._objects.get(super().clean(value))
