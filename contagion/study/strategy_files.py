"""Strategies from a file that the command line names: strategies=./plan.yaml."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from contagion.errors import InputError

FILE = re.compile(r"strategies=(?P<path>.+\.ya?ml)")
LARGEST = 1 << 20  # bytes of a file of configuration


def overrides_of(argument: str) -> list[str]:
    """The strategies of a file as overrides, which need the file no more; any other argument as it is.

    A file is data: names of strategies, of their options, and numbers of these.

    Raises
    ------
    InputError
        Naming the file, where it cannot be read, is too large, uses aliases, or holds no strategies.
    """
    found = FILE.fullmatch(argument)
    if not found:
        return [argument]
    path = Path(found["path"].strip("'\""))
    strategies = _read(path)
    others = {name: options for name, options in strategies.items() if name != "baseline"}
    return [
        "strategies=baseline",
        *(f"+strategies.{name}={_written(options, path)}" for name, options in others.items()),
    ]


def _read(path: Path) -> Mapping[str, Any]:
    try:
        strategies = yaml.safe_load(checked(path, "strategies"))
    except OSError as error:
        raise InputError(f"strategies={path}: cannot be read ({error.strerror})") from None
    right = isinstance(strategies, dict) and all(isinstance(options, dict | None) for options in strategies.values())
    if not right or not strategies:
        raise InputError(f"{path}: must hold strategies by name, such as mine: {{police_reform: {{dose: 1.5}}}}")
    return {name: options or {} for name, options in strategies.items()}


def checked(file: Path, what: str) -> bytes:
    """The text of a configuration that somebody else may have written, before it is loaded.

    Raises
    ------
    InputError
        Naming the file, which is one of `what`, if it is too large, cannot be read as YAML, or uses aliases.
    """
    if file.stat().st_size > LARGEST:
        raise InputError(f"{file}: {file.stat().st_size:,} bytes; a file of {what} has at most {LARGEST:,}")
    text = file.read_bytes()
    check_yaml(text, file)
    return text


def check_yaml(text: str | bytes, where: object) -> None:
    """Check a configuration that somebody else may have written, before it is loaded.

    Raises
    ------
    InputError
        Naming where it is from, if it cannot be read or uses aliases, by which a few lines become gigabytes.
    """
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                raise InputError(f"{where}: uses the alias *{event.anchor}; write out what it stands for")
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{where}: not a readable YAML file ({str(error).splitlines()[0]})") from None


def _written(value: Any, path: Path) -> str:
    """A value in Hydra's grammar."""
    if isinstance(value, dict):
        for name in value:
            if not (isinstance(name, str) and name.isidentifier()):
                raise InputError(f"{path}: {name!r} is no name of a strategy, an option or a number")
        return "{" + ",".join(f"{name}:{_written(each, path)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_written(each, path) for each in value) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str) and re.fullmatch(r"[\w .:/-]*", value):
        return f"'{value}'"
    raise InputError(f"{path}: {value!r} is neither a number nor a plain word")
