"""Options of one's own: classes that a user names on the command line, and only there.

`intervention=[kingpin,./mine.py:Checkpoint]` runs code. What a configuration file, a stored configuration or an
experiment names never does: only the arguments of the command are searched for classes.
"""

import hashlib
import importlib
import importlib.util
import inspect
import re
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, QuotedString
from hydra.errors import HydraException
from omegaconf import OmegaConf

from contagion.errors import InputError

GROUPS = ("intervention", "driver")
OVERRIDE = re.compile(rf"(?P<key>\+{{0,2}}(?P<group>{'|'.join(GROUPS)})(?:@[\w.:]+)?)=")


@dataclass(frozen=True)
class Own:
    """Classes by group and name, and the files and modules that hold them."""

    intervention: dict[str, type] = field(default_factory=dict)
    driver: dict[str, type] = field(default_factory=dict)

    def hashes(self) -> dict[str, str]:
        """SHA-256 of the source of each class by its name."""
        classes = self.intervention | self.driver
        files = {name: inspect.getsourcefile(kind) for name, kind in classes.items()}
        return {name: hashlib.sha256(Path(file).read_bytes()).hexdigest() for name, file in files.items() if file}


@dataclass(frozen=True)
class Given:
    """Classes of the user's own, and the arguments that name them, by which workers import them."""

    own: Own
    words: tuple[str, ...]


def taken_out(arguments: Sequence[str]) -> tuple[list[str], Own]:
    """Import the classes that arguments name, and put the names of the classes in their place.

    Parameters
    ----------
    arguments
        Arguments of the command.

    Returns
    -------
    list of str
        Arguments in which a class is an option like any other.
    Own
        The classes.

    Raises
    ------
    InputError
        Where a file or class is missing, it is no option, or its name is taken.
    """
    own, rewritten = Own(), []
    for argument in arguments:
        found = OVERRIDE.match(argument)
        value = found and _value(argument)
        if not found or value is None:
            rewritten.append(argument)
            continue
        names = {word: _named(word, found["group"], own) for word in _words(value)}
        changed = any(word != name for word, name in names.items())
        rewritten.append(f"{found['key']}={_written(value, names)}" if changed else argument)
    return rewritten, own


def naming(arguments: Sequence[str]) -> tuple[str, ...]:
    """Arguments that may name classes of the user's own, as other processes need them."""
    return tuple(argument for argument in arguments if OVERRIDE.match(argument))


def _value(argument: str) -> object:
    """The value of an override; None where Hydra has to say what is wrong with it."""
    try:
        return OverridesParser.create().parse_override(argument).value()
    except HydraException:
        return None


def _words(value: object) -> list[str]:
    """Names of options in a value, in lists and in sweeps over either."""
    if isinstance(value, ChoiceSweep):
        return [word for each in value.list for word in _words(each)]
    if isinstance(value, list):
        return [word for each in value for word in _words(each)]
    return [_text(value)] if isinstance(value, str | QuotedString) else []


def _written(value: object, names: Mapping[str, str]) -> str:
    """The value again, with other names."""
    if isinstance(value, ChoiceSweep):
        return ",".join(_written(each, names) for each in value.list)
    if isinstance(value, list):
        return f"[{','.join(_written(each, names) for each in value)}]"
    return names.get(_text(value), _text(value))


def _text(value: object) -> str:
    return value.text if isinstance(value, QuotedString) else str(value)


def _named(word: str, group: str, own: Own) -> str:
    """The name of an option, whose class is imported where the word says from where."""
    # With JAX, which takes long to import: most commands name no class.
    from contagion.interventions.registry import check_option, installed, intervention_names, option_class

    if word.startswith("${"):
        return word
    classes = getattr(own, group)
    source, colon, name = word.rpartition(":")
    if not colon:
        if word not in intervention_names(group) and word in installed(group):
            classes[word] = option_class(word, group, group)
        return word
    where = f"{group}=[{word}]"
    if not (source and name.isidentifier()):
        raise InputError(f"{where}: names no class: must be ./file.py:Class or package.module:Class")
    if name in intervention_names(group):
        raise InputError(f"{where}: {name} is the name of an option of contagion: give the class another one")
    kind = getattr(_module(source, where), name, None)
    if kind is None:
        raise InputError(f"{where}: there is no class {name} in {source}")
    if classes.setdefault(name, kind) is not kind:
        raise InputError(f"{where}: there are two classes {name}: give one of them another name")
    check_option(kind, where)
    return name


def _module(source: str, where: str) -> ModuleType:
    """A file or an installed module, imported."""
    path = Path(source)
    if not source.endswith(".py"):
        if "/" in source or not all(part.isidentifier() for part in source.split(".")):
            raise InputError(f"{where}: neither a file nor a module: must be ./file.py:Class or package.module:Class")
        with _explained(source, where):
            return importlib.import_module(source)
    if not path.is_file():
        raise InputError(f"{where}: there is no file {source}")
    digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]
    name = f"_own_{digest}_{path.stem}"  # of this file alone, and of no module that is installed
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with _explained(source, where):
        sys.modules[name] = module  # where dataclasses look for what annotations mean
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
    return module


@contextmanager
def _explained(source: str, where: str) -> Iterator[None]:
    """Says what went wrong while a module of the user was imported, and in which line."""
    try:
        yield
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        file, line = (error.filename, error.lineno) if isinstance(error, SyntaxError) else (last.filename, last.lineno)
        at = f" ({Path(file).name}, line {line})" if file and "importlib" not in file else ""
        raise InputError(f"{where}: {source} cannot be imported: {type(error).__name__}: {error}{at}") from error


@contextmanager
def composable(own: Own) -> Iterator[None]:
    """Lets Hydra compose own options like those of `conf/`: their default values, without code."""
    from contagion.interventions.option import default_values  # with JAX; see above

    store = ConfigStore.instance()
    added = [(group, name, kind) for group, classes in vars(own).items() for name, kind in classes.items()]
    for group, name, kind in added:
        store.store(group=group, name=name, node=OmegaConf.create({name: default_values(kind)}))
    try:
        yield
    finally:
        for group, name, _ in added:
            store.repo[group].pop(f"{name}.yaml", None)
