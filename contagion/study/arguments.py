"""Arguments of the command, before Hydra reads them: paths as they are, and the region that they imply."""

import re
from collections.abc import Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

PATH = re.compile(
    r"(?P<key>\+{0,2}(?:region\.(?:path|counts|record|presence|roads|areas|rivalry|mirror)|params\.posterior"
    r"|hydra\.(?:run|sweep)\.dir))=(?P<path>[^'\"].*)",
    re.DOTALL,
)


def prepared(arguments: Sequence[str]) -> list[str]:
    """Arguments with paths in quotes where Hydra's grammar needs them, and `region=file` where a path is given.

    A polygon file (`region.path`) is read by one kind of region alone.
    """
    given = [_quoted(argument) for argument in arguments]
    chosen = any(re.match(r"\+{0,2}(region|experiment)(@[\w.:]+)?=", argument) for argument in given)
    if not chosen and any(re.match(r"\+{0,2}region\.path=", argument) for argument in given):
        given.insert(0, "region=file")
    return given


def _quoted(argument: str) -> str:
    """A path that may hold brackets, blanks or ~, which mean something else to Hydra."""
    found = PATH.fullmatch(argument)
    if not found:
        return argument
    try:
        OverridesParser.create().parse_override(argument)
    except HydraException:
        # A backslash counts as one unless it stands before a quote.
        path = re.sub(r"(\\*)'", r"\1\1\\'", found["path"])
        path += "\\" * (len(path) - len(path.rstrip("\\")))
        return f"{found['key']}='{path}'"
    return argument


def choices(arguments: Sequence[str]) -> list[str]:
    """Arguments that choose an option of a group, such as region=mexico."""
    return [each for each in arguments if re.fullmatch(r"(region|params|priors|strategies|experiment)=\w+", each)]
