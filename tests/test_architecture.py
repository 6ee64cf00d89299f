"""The layers, and where things may be touched: read from the source, so that nobody has to remember them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "connector"
MODULES = sorted(path for path in ROOT.rglob("*.py"))
LAYERS = {
    "core": {"core"},
    "sandbox": {"sandbox"},
    "directory": {"directory", "core", "errors", "phones"},
    "psa": {"psa", "core", "errors", "phones"},
    "state": {"state", "core", "errors", "phones"},
    "report": {"report", "core", "errors", "phones"},
    "settings": {"settings", "core", "errors", "phones"},
    "sync": {"sync", "core", "state", "errors"},
}
"""What each package may import of ours; the rest (wiring, cli, demo, …) stands above them."""
PICKS_ADAPTERS = {"wiring", "demo"}
ADAPTERS = {"directory", "psa"}
ONE_PLACE = {
    "httpx": {"psa/http.py"},
    "tenacity": {"psa/retry.py"},
    "sqlalchemy": {"state/"},
    "ldap3": {"directory/"},
    "pydantic": {"settings/"},
    "pydantic_settings": {"settings/"},
}
CLOCKS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.monotonic",
    "time.sleep",
}
MAY_READ_THE_CLOCK = {"wiring.py", "sandbox/clock.py", "psa/http.py", "psa/rest.py", "psa/pace.py", "psa/setup.py"}
ENVIRONMENT = {"environ", "environb", "getenv"}
STDLIB_ONLY = {"core", "sandbox"}
MAX_FUNCTION, MAX_FILE = 60, 450


def place(path: Path) -> str:
    """A module's path below ``connector/``."""
    return path.relative_to(ROOT).as_posix()


def package(path: Path) -> str:
    """The package a module belongs to: its first folder, or its own name."""
    return place(path).partition("/")[0].removesuffix(".py")


def tree(path: Path) -> ast.Module:
    """The module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[str]:
    """The full names of all modules a module imports, wherever in it and also for types only."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{place(path)} uses a relative import"
            assert node.module is not None
            if node.module == "connector":
                yield from (f"connector.{alias.name}" for alias in node.names)
            else:
                yield node.module


def ours(path: Path) -> set[str]:
    """The packages of ours that a module imports; the version is nobody's package."""
    names = (name.split(".") for name in imported(path))
    return {name[1] for name in names if name[0] == "connector" and len(name) > 1} - {"__version__"}


def foreign(path: Path) -> set[str]:
    """The top packages a module imports that are neither ours nor the standard library's."""
    from sys import stdlib_module_names

    return {name.partition(".")[0] for name in imported(path)} - {"connector"} - set(stdlib_module_names)


def dotted(node: ast.AST) -> str:
    """``datetime.now`` of an attribute access, whatever stands before it."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
        before = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
        return f"{before}.{node.attr}"
    return ""


def reads_environment(node: ast.AST) -> bool:
    """Whether a piece of code is ``os.environ`` or its like, or imports it by name."""
    if isinstance(node, ast.ImportFrom) and node.module == "os":
        return any(alias.name in ENVIRONMENT for alias in node.names)
    return dotted(node).removeprefix("os.") in ENVIRONMENT


def public(path: Path) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """Public functions and classes of a module, and the public methods of its public classes."""
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    todo: list[ast.stmt] = list(tree(path).body)
    while todo:
        node = todo.pop()
        if isinstance(node, kinds) and not node.name.startswith("_"):
            yield node
            todo.extend(node.body if isinstance(node, ast.ClassDef) else [])


@pytest.mark.parametrize("name", LAYERS)
def test_a_package_imports_only_the_layers_below_it(name: str) -> None:
    """Decisions know no adapters, adapters know no application, and the sandbox knows nobody."""
    modules = [path for path in MODULES if package(path) == name]
    assert modules
    assert {place(path): ours(path) - LAYERS[name] for path in modules if ours(path) - LAYERS[name]} == {}


@pytest.mark.parametrize("name", sorted(STDLIB_ONLY))
def test_core_and_sandbox_need_the_standard_library_alone(name: str) -> None:
    """Decisions are tested with nothing installed; the sandbox shares no library with the client."""
    assert {place(path): foreign(path) for path in MODULES if package(path) == name and foreign(path)} == {}


def test_only_the_wiring_picks_adapters() -> None:
    """No other module outside the adapters imports them."""
    outside = [path for path in MODULES if package(path) not in PICKS_ADAPTERS | ADAPTERS]
    assert [place(path) for path in outside if ours(path) & ADAPTERS] == []


def test_nothing_imports_the_command_line() -> None:
    """The command line stands on top."""
    assert [place(path) for path in MODULES if "cli" in ours(path) and package(path) != "__main__"] == []


@pytest.mark.parametrize("library", ONE_PLACE)
def test_a_library_stays_in_its_place(library: str) -> None:
    """Its successor can replace it there."""
    using = [place(path) for path in MODULES if library in foreign(path)]
    assert using
    assert [one for one in using if not any(one.startswith(allowed) for allowed in ONE_PLACE[library])] == []


def test_only_the_settings_read_the_environment() -> None:
    """One place knows every variable."""
    reading = {place(path) for path in MODULES for node in ast.walk(tree(path)) if reads_environment(node)}
    assert reading
    assert {one for one in reading if not one.startswith("settings/")} == set()


def test_time_comes_in_as_an_argument() -> None:
    """Only the wiring, the sandbox's clock and the defaults of the PSA's connection know what time it is."""
    reading = {place(path) for path in MODULES for node in ast.walk(tree(path)) if dotted(node) in CLOCKS}
    assert reading - MAY_READ_THE_CLOCK == set()


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_everything_public_is_documented(path: Path) -> None:
    """Modules with code, public classes, functions and methods say what they are for."""
    assert [node.name for node in public(path) if not ast.get_docstring(node)] == []
    assert ast.get_docstring(tree(path)) or not tree(path).body


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_functions_and_files_stay_small(path: Path) -> None:
    """A function fits on a screen, a file into a head."""
    functions = (n for n in ast.walk(tree(path)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    long = {one.name: one.end_lineno - one.lineno + 1 for one in functions if one.end_lineno}
    assert {name: lines for name, lines in long.items() if lines > MAX_FUNCTION} == {}
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_FILE
