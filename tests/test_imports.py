"""The house: imports form a DAG, the kernel needs little, and importing the package costs nothing."""

import ast
import json
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "contagion"
KERNEL_MODULES = {"declare", "params", "state", "step", "ensemble", "generators", "interventions", "processes"}
KERNEL_MAY_IMPORT = {"jax", "equinox", "jaxtyping", "contagion"} | set(sys.stdlib_module_names)


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> set[str]:
    """Every module a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def graph() -> dict[str, set[str]]:
    files = {module_name(path): path for path in PACKAGE.rglob("*.py")}
    return {name: {other for other in imports(path) if other in files} - {name} for name, path in files.items()}


def test_imports_form_a_dag():
    edges = graph()
    # A package that a submodule imports does not import that submodule back.
    tuple(TopologicalSorter(edges).static_order())


def test_nothing_imports_the_command():
    assert not [name for name, others in graph().items() if "contagion.__main__" in others]


def test_kernel_imports_only_what_runs_on_any_device():
    for path in PACKAGE.rglob("*.py"):
        if path.relative_to(PACKAGE).with_suffix("").parts[0] in KERNEL_MODULES:
            roots = {name.split(".")[0] for name in imports(path)}
            assert roots <= KERNEL_MAY_IMPORT, path
            ours = {name.split(".")[1] for name in imports(path) if name.startswith("contagion.")}
            assert ours <= KERNEL_MODULES, path


def test_data_flows_one_way():
    """State knows nothing of ours, processes and interventions nothing of the step, the step nothing of ensembles."""
    edges = graph()
    assert edges["contagion.state"] == edges["contagion.declare"] == set()
    assert edges["contagion.params"] == {"contagion.declare"}
    for name, others in edges.items():
        if name.startswith(("contagion.processes", "contagion.interventions")):
            assert not others & {"contagion.step", "contagion.ensemble"}
    assert "contagion.ensemble" not in edges["contagion.step"]


def test_estimators_know_no_simulator():
    """They run on recorded data alone."""
    edges = graph()
    for name, others in edges.items():
        if name.startswith("contagion.estimators"):
            assert others <= {"contagion.errors"} | {
                known for known in edges if known.startswith("contagion.estimators")
            }


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
