"""Every package of the project has its layer, and is known to the tools."""

import re
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


LAYERS = {"views", "api", "forms", "services", "selectors"}
# What Django or an app of any kind has by these names; what else stands in an app is a room.
KINDS = {*LAYERS, "exports", "management", "migrations", "models", "templatetags"}


def test_every_feature_keeps_the_order_of_the_layers():
    with (BASE_DIR / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    held = next(set(each["containers"]) for each in contracts if "containers" in each)
    apps = [path.parent for path in BASE_DIR.glob("*/apps.py")]
    features = {
        f"{app.name}.{inner.name}"
        for app in apps
        for inner in app.iterdir()
        if (inner / "__init__.py").exists() and _names_inside(inner) & LAYERS
    }
    assert "attendance.calendar" in features
    assert features - held == set()


def test_every_room_is_on_its_map():
    rooms = (BASE_DIR / "docs" / "rooms.md").read_text(encoding="utf-8")
    features = [
        f"{app.name}/{inner.name}/"
        for app in (path.parent for path in BASE_DIR.glob("*/apps.py"))
        for inner in app.iterdir()
        if (inner / "__init__.py").exists() and inner.name not in KINDS
    ]
    assert len(features) > 60
    assert [name for name in features if f"`{name}`" not in rooms] == []
    assert [
        name for name in re.findall(r"`(\w+/[\w./]+)`", rooms) if not (BASE_DIR / name).exists()
    ] == []


def _names_inside(package):
    return {path.stem for path in package.iterdir() if not path.name.startswith("_")}


def test_every_feature_says_what_it_is_for():
    silent = [
        str(init.relative_to(BASE_DIR))
        for app in ("schools", "attendance")
        for init in (BASE_DIR / app).glob("*/__init__.py")
        if _names_inside(init.parent) & LAYERS and not re.match(r'"""\S', init.read_text("utf-8"))
    ]
    assert silent == []


def test_pages_and_the_api_ask_selectors_and_services():
    apps = [path.parent for path in BASE_DIR.glob("*/apps.py")]
    files = [
        path
        for app in apps
        for path in app.rglob("*.py")
        if path.stem.endswith(("views", "api")) or path.parent.name in {"views", "api"}
    ]
    assert len(files) > 40
    assert [
        str(path.relative_to(BASE_DIR))
        for path in files
        if re.search(r"\.(objects|_default_manager)\b", path.read_text("utf-8"))
    ] == []
