"""What a person says about a cluster."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..form_fields import DayField, RowsField
from ..models import Area

LONGEST_NAME = 60


class _Communes(RowsField):
    """Communes with the cluster they lie in now. `clusters`: {commune id: cluster}."""

    clusters: dict[int, Area]

    def label_from_instance(self, obj: Any) -> str:
        cluster = self.clusters.get(obj.pk)
        return f"{obj.title} ({cluster.title})" if cluster else obj.title


class NameForm(forms.Form):
    """What a cluster is called."""

    name = forms.CharField(
        label=_("Name of the cluster"),
        max_length=LONGEST_NAME,
        help_text=_("Without the word “cluster”: it is set before the name."),
    )


class CommunesForm(forms.Form):
    """Which communes, from when.

    Args:
        communes: those that may be chosen.
        clusters: {commune id: the cluster it lies in}.
    """

    valid_from = DayField(label=_("From"))
    communes = _Communes(
        label=_("Communes"), queryset=Area.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, communes: Any, clusters: dict[int, Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["communes"]
        assert isinstance(field, _Communes)
        field.clusters = clusters
        field.queryset = communes


class NewClusterForm(NameForm, CommunesForm):
    """A cluster: its name, first day, decision and communes."""

    decree = forms.CharField(
        label=_("By which decision"),
        max_length=Area._meta.get_field("decree").max_length,
        required=False,
        help_text=_("Number, date and office of the paper."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["communes"].required = False
        self.order_fields(["name", "valid_from", "decree", "communes"])


class EndClusterForm(forms.Form):
    """From when a cluster is no more."""

    on = DayField(label=_("No longer from"))
