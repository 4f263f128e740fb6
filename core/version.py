"""The version of the product, kept in pyproject.toml alone.

`deploy/upgrade` reads it there too, without starting the program.
"""

import tomllib
from pathlib import Path

with (Path(__file__).resolve().parent.parent / "pyproject.toml").open("rb") as _file:
    VERSION = tomllib.load(_file)["project"]["version"]
