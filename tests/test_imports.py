"""Rooms import in one order, the kernel needs little, files stay short, and importing the package is cheap."""

import ast
import json
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "contagion"
# A room imports itself and those before it; those that share a line do not import each other.
ORDER = [
    {"errors", "_util"},
    {"kernel"},
    {"parameters"},
    {"interventions"},
    {"regions"},
    {"inference.forecast"},  # a part of a room that others build on
    {"simulation"},
    {"analysis"},
    {"plots"},
    {"report", "export"},
    {"inference", "optimise"},
    {"evaluation"},
    {"study"},
]
KERNEL_MAY_IMPORT = {"jax", "numpy", "equinox", "jaxtyping", "contagion"} | set(sys.stdlib_module_names)
MOST_LINES, MOST_LINES_OF_FUNCTION, MOST_FILES = 350, 60, 14
ONE_FILE_PER_OPTION = {"interventions", "processes"}


def module_name(path: Path) -> str:
    """The name by which a file of the project is imported."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> set[str]:
    """Every module a file imports when it runs, anywhere in it."""
    found = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def graph(folder: Path = PACKAGE) -> dict[str, set[str]]:
    """The modules below a folder that each of them imports."""
    files = {module_name(path): path for path in folder.rglob("*.py")}
    return {name: {other for other in imports(path) if other in files} - {name} for name, path in files.items()}


def room_of(name: str) -> str:
    """The room of a module; empty for the package itself."""
    parts = name.split(".")[1:]
    return ".".join(parts[:2]) if parts[:2] == ["inference", "forecast"] else "".join(parts[:1])


def test_imports_form_a_dag():
    edges = graph()
    # A package that a submodule imports does not import that submodule back.
    tuple(TopologicalSorter(edges).static_order())


def test_experiments_import_one_way_and_as_a_package():
    """`python -m experiments.NAME` finds them all: none changes where Python looks."""
    folder = PACKAGE.parent / "experiments"
    tuple(TopologicalSorter(graph(folder)).static_order())
    assert not [path for path in folder.rglob("*.py") if "sys.path" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("number", range(len(ORDER)))
def test_rooms_import_one_way(number):
    before = set().union(*ORDER[:number]) | {"errors"}
    for name, others in graph().items():
        if room_of(name) in ORDER[number]:
            assert {room_of(other) for other in others} - {""} <= before | {room_of(name)}, name


def test_the_top_level_holds_rooms():
    assert {path.name for path in PACKAGE.glob("*.py")} == {"__init__.py", "__main__.py", "errors.py"}
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert rooms | {"errors"} == {room for room in set().union(*ORDER) if "." not in room}


def test_tests_mirror_the_rooms():
    tests = Path(__file__).parent
    folders = {path.name for path in tests.iterdir() if list(path.glob("test_*.py"))}
    assert folders <= set().union(*ORDER) | {"experiments", "docs"}


def test_files_functions_and_folders_stay_small():
    for folder in (path for path in PACKAGE.rglob("*") if path.is_dir() and path.name not in ONE_FILE_PER_OPTION):
        assert len([path for path in folder.iterdir() if path.suffix in (".py", ".pyi")]) <= MOST_FILES, folder
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= MOST_LINES, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                said = node.body[0] if ast.get_docstring(node) else None
                lines = node.end_lineno - node.lineno - (said.end_lineno - said.lineno + 1 if said else 0)
                assert lines < MOST_LINES_OF_FUNCTION, f"{path}: {node.name}"


def test_kernel_imports_only_what_runs_on_any_device():
    for path in (PACKAGE / "kernel").rglob("*.py"):
        assert {name.split(".")[0] for name in imports(path)} <= KERNEL_MAY_IMPORT, path


def test_data_flows_one_way():
    """Data structures know nothing of processes, processes nothing of the step, the step nothing of ensembles."""
    edges = graph()
    assert edges["contagion.kernel.state"] == edges["contagion.kernel.fields"] == set()
    assert edges["contagion.kernel.params"] == {"contagion.kernel.fields"}
    later = {f"contagion.kernel.{name}" for name in ("step", "initial", "rollouts", "ensembles")}
    for name, others in edges.items():
        if name.startswith(("contagion.kernel.processes", "contagion.kernel.numerics", "contagion.interventions")):
            assert not others & later, name
    assert not edges["contagion.kernel.step"] & later


def test_estimators_know_no_simulator():
    """They run on recorded data alone."""
    edges = graph()
    home = "contagion.inference.estimators"
    for name, others in edges.items():
        if name.startswith(home):
            assert others <= {"contagion.errors"} | {known for known in edges if known.startswith(home)}


def test_import_is_cheap():
    """`import contagion` loads neither JAX nor geopandas nor matplotlib, and no name it offers is missing."""
    script = (
        "import sys, json, contagion; loaded = sorted(sys.modules);"
        "names = [getattr(contagion, name) is not None for name in contagion.__all__];"
        "print(json.dumps([loaded, all(names)]))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded, complete = json.loads(run.stdout)
    assert complete
    assert not {"jax", "geopandas", "matplotlib", "xarray", "numpy", "hydra"} & set(loaded)
