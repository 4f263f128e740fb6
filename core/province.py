"""Which province this installation serves, read from its folder of data.

`settings.PROVINCE_DATA` names the folder. Its `province.toml` says what is the province's own and
in no table of the database; the official units lie beside it (`schools.areas.services.units`).
Another province is another folder, and no line of code.
"""

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _


@dataclass(frozen=True)
class DecreedRule:
    """First values of a dated rule that the province has decreed itself."""

    first_value: float
    source: str
    by_level: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Province:
    """What a province calls itself and what holds in it alone.

    Attributes:
        name: without the word "tỉnh".
        folder: where its units are.
        ethnic_groups: codes of decision 121-TCTK/PPCĐ of the groups that live there, offered first.
        map_days: one day for each state of its map, for counts after loading.
        rules: key of a dated rule -> its first values.
    """

    name: str
    folder: Path
    ethnic_groups: tuple[str, ...]
    map_days: tuple[datetime.date, ...]
    rules: Mapping[str, DecreedRule]

    @property
    def areas_file(self) -> Path:
        """The official units, a row for each version."""
        return self.folder / "areas.csv"


def province() -> Province:
    """The province of this installation. Raises ImproperlyConfigured: its file cannot be read."""
    return _read(Path(settings.PROVINCE_DATA))


def product_name() -> str:
    """What the product is called in this province, in the reader's language."""
    return _("%(province)s attendance") % {"province": province().name}


def agency_name() -> str:
    """Whose system it is: `settings.AGENCY_NAME`, else the province's Department of Education."""
    return settings.AGENCY_NAME or _("Department of Education and Training of %(province)s") % {
        "province": province().name
    }


@lru_cache
def _read(folder: Path) -> Province:
    path = folder / "province.toml"
    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
        return Province(
            name=content["name"],
            folder=folder,
            ethnic_groups=tuple(content["ethnic_groups"]),
            map_days=tuple(content["map_days"]),
            rules={key: _rule(values) for key, values in content.get("rules", {}).items()},
        )
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise ImproperlyConfigured(f"{path} does not describe a province: {error!r}") from error


def _rule(values: Mapping[str, Any]) -> DecreedRule:
    return DecreedRule(values["first_value"], values["source"], values.get("by_level", {}))
