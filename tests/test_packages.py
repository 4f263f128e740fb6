"""Every package of the project has its layer, and is known to the tools."""

import tomllib

from lai_chau_edu.settings import BASE_DIR


def test_no_package_is_forgotten_by_the_contracts_and_the_tools():
    with (BASE_DIR / "pyproject.toml").open("rb") as file:
        tool = tomllib.load(file)["tool"]
    packages = {path.parent.name for path in BASE_DIR.glob("*/apps.py")}
    contracts = tool["importlinter"]["contracts"]
    layers = next(each for each in contracts if each["name"].startswith("Layers"))["layers"]
    assert set(tool["importlinter"]["root_packages"]) == packages
    assert {name for layer in layers for name in layer.replace("|", " ").split()} == packages
    assert packages <= set(tool["ruff"]["lint"]["isort"]["known-first-party"])
    map_of_packages = (BASE_DIR / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert [name for name in packages if f"| `{name}/` |" not in map_of_packages] == []
