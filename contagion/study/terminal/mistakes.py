"""Mistakes in arguments: what was wrong, and the nearest form that is valid."""

import re
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep
from hydra.errors import HydraException, OverrideParseException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from contagion._util.nested import by_dotted_key
from contagion._util.resources import folder
from contagion._util.text import first_few
from contagion.errors import InputError, nearest
from contagion.study.arguments import choices
from contagion.study.own_options import GROUPS as OWN_GROUPS

COMMANDS = {  # beside runs
    "status": "contagion status FOLDER",
    "reproduce": "contagion reproduce FOLDER",
    "compare": "contagion compare FOLDER FOLDER",
    "help": "contagion help TOPIC",
}
GROUPS = {  # of options by group, in the order in which a bare word is looked for
    "intervention": "an intervention",
    "experiment": "an experiment",
    "strategies": "a list of strategies",
    "region": "a region",
    "driver": "a driver",
    "params": "a preset of parameters",
    "priors": "a set of priors",
    "engine": "an engine",
}
OPTIONS = (  # of Hydra's, with two dashes
    "help", "hydra-help", "version", "cfg", "resolve", "package", "run", "multirun", "shell-completion", "config-path",
    "config-name", "config-dir", "experimental-rerun", "info",
)  # fmt: skip
CLOSE = 0.6  # of words that read alike, from 0 to 1


def check_words(arguments: Sequence[str]) -> None:
    """Check what Hydra would answer with its own usage.

    Raises
    ------
    InputError
        For an option that there is not; one that is cut short is none.
    """
    for argument in arguments:
        name, equals, value = argument.removeprefix("--").partition("=")
        if not argument.startswith("--") or name in OPTIONS:
            continue
        if name and (near := _near(name, OPTIONS)):
            raise InputError(f"{argument}: no such option; the nearest is --{near}{equals}{value}")
        right = f"{name}{equals}{value}" if equals else f"{name}=VALUE"
        raise InputError(f"{argument}: no such option; keys have no dashes: {right}")


def explained(error: Exception, arguments: Sequence[str]) -> str:
    """What was wrong with an override, and what would be right.

    Parameters
    ----------
    error
        Raised by Hydra or OmegaConf.
    arguments
        Of the command.
    """
    if isinstance(error, OverrideParseException):
        return _unreadable(str(error.override), error)
    message = str(error).strip().partition("\nConfig search path")[0].strip()
    if found := re.search(r"Could not override '(.+?)'", message):
        return _unknown_key(found[1], arguments)
    found = re.search(r"Could not (?:find|load) '(\w+)/(.+?)'", message)
    if found and found[1] in GROUPS:
        return _unknown_option(found[1], found[2])
    if found := re.search(r"Ambiguous value for argument '(.+?)=(.+)'", message):
        return f"{found[1]}={found[2]}: several values are a sweep, with -m; a list is {found[1]}=[{found[2]}]"
    if found := re.search(r"Multiple values for (\w+)\.", message):
        return f"{message}\none is chosen already: write {found[1]}=NAME, without a +"
    return message


def _unreadable(override: str, error: OverrideParseException) -> str:
    """What was no override."""
    if "=" in override or override.startswith("~"):
        return f"{override}: {str(error.message).partition(chr(10) + 'See https')[0]}"
    if override in COMMANDS:
        return f"{override}: comes first: {COMMANDS[override]}"
    form = _form(override)
    return f"{override}: must be KEY=VALUE" + (f"; the nearest is {form}" if form else ", such as weeks=104")


def _form(word: str) -> str | None:
    """The nearest command, option or key to a bare word, as it would be written; None if none is near."""
    forms = COMMANDS | {section: f"contagion help {section}" for section in ("ensemble", "runtime")}
    for group in GROUPS:
        forms |= {name: chosen(group, name) for name in options_of(group) if name not in forms}
    for key, value in _keys_of(()).items():
        forms.setdefault(key.rpartition(".")[2], f"{key}={'null' if value is None else value}")
    close = _near(word, forms)
    return forms[close] if close else None


def _near(word: str, names: Collection[str]) -> str | None:
    """A name that a word is, is a part of, or reads like."""
    close = nearest(word, names)
    alike = word.lower() in close.lower() if len(word) > 2 else word == close
    return close if alike or get_close_matches(word.lower(), [close.lower()], cutoff=CLOSE) else None


def options_of(group: str) -> list[str]:
    """Names of the options of a group."""
    return sorted(path.stem for path in (folder("conf") / group).glob("*.yaml"))


def chosen(group: str, name: str) -> str:
    """How an option is chosen."""
    return f"{group}=[{name}]" if group in OWN_GROUPS else f"{group}={name}"


def _unknown_option(group: str, option: str) -> str:
    """Where an option is named that there is not in a group, but maybe in another one."""
    if ":" in option:
        return f"{option!r} names code, which only the command line may do: {group}=[{option}]"
    own = options_of(group)
    said = f"{group}={option}: no such option"
    code = f"; a class of your own is {group}=[./file.py:Class]" if group in OWN_GROUPS else ""
    if near := _near(option, own):
        return f"{said}; the nearest option is {chosen(group, near)}{code}"
    kinds = {name: kind for kind in reversed(GROUPS) if kind != group for name in options_of(kind)}
    if near := _near(option, kinds):
        right = chosen(kinds[near], near)
        against = ", that option against the baseline" if kinds[near] == "intervention" else ""
        return f"{said} ({first_few(own, 3)}); {near} is {GROUPS[kinds[near]]}: {right}{against}"
    return f"{said}; the nearest option is {chosen(group, nearest(option, own))}{code}"


def _unknown_key(key: str, arguments: Sequence[str]) -> str:
    """Where a key is named that there is not."""
    group, _, rest = key.partition(".")
    option = rest.partition(".")[0]
    if group in OWN_GROUPS and option in options_of(group):
        keys = _keys_of([*arguments, f"{group}=[{option}]"])
        if key in keys:
            there = [known for known in keys if known.startswith("strategies.") and known.endswith(f".{rest}")]
            elsewhere = f"; of a strategy that is compared it is {there[0]}" if there else ""
            return f"{key}: {option} is not chosen: add {group}=[{option}]{elsewhere}"
        known = [each for each in keys if each.startswith(f"{group}.{option}.")]
        return f"{key}: no such key; the nearest key is {nearest(key, known)}"
    return f"{key}: no such key; the nearest key is {_nearest_key(key, _keys_of(arguments))}"


def _nearest_key(key: str, known: Collection[str]) -> str:
    """The key that ends alike, wherever it is; else the one that reads most alike in the same section."""
    section, _, leaf = key.rpartition(".")
    same = [each for each in known if each.rpartition(".")[2] == leaf]
    if same:
        return min(same, key=lambda each: (each.count("."), not each.startswith(section)))
    beside = [each for each in known if each.rpartition(".")[0] == section] if section else []
    if beside:
        return nearest(key, beside)
    leaves = {each.rpartition(".")[2]: each for each in sorted(known, key=lambda each: -each.count("."))}
    return leaves[nearest(leaf, leaves)]


def _keys_of(arguments: Sequence[str]) -> dict[str, Any]:
    """Keys of the configuration in which arguments have chosen options, with their values."""
    return _composed(tuple(choices(arguments)))


@cache
def _composed(chosen: tuple[str, ...]) -> dict[str, Any]:
    with initialize_config_dir(str(folder("conf")), version_base="1.3"):
        try:
            config = compose("config", list(chosen))
        except (HydraException, OmegaConfBaseException):  # one of them is no option
            config = compose("config")
    return by_dotted_key(OmegaConf.to_container(config))


def without_names(arguments: Sequence[str]) -> str | None:
    """The first override that gives a group of options something else than names, if there is one."""
    overrides = OverridesParser.create().parse_overrides([each for each in arguments if re.match(r"[+~\w].*=", each)])
    groups = (each for each in overrides if "/" in each.key_or_group or (folder("conf") / each.key_or_group).is_dir())
    return next((str(each.input_line) for each in groups if not _are_names(each.value())), None)


def _are_names(value: Any) -> bool:
    """Whether a value is a name, or a list of names, or a sweep over either."""
    if isinstance(value, ChoiceSweep):
        return all(_are_names(each) for each in value.list)
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(each, str) for each in value))
