"""The log of an output folder: all that the command said, as plain text."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType
from rich.text import Text

from contagion.errors import InputError

LOG = "contagion.log"
WIDTH = 100  # of tables in the log, characters


class Told(Console):
    """A console that also keeps its words in the log of a folder, once it is known which one.

    Progress bars are not kept, nor anything that the command was not given or found: the environment is not listed.
    """

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.kept = Console(file=io.StringIO(), width=WIDTH, color_system=None, force_terminal=False, highlight=False)

    def print(self, *objects: Any, **options: Any) -> None:
        """Print to the log, and to the terminal: what was seen there is kept, though the process is killed then."""
        if objects and isinstance(objects[0], str | Text):  # and no part of a progress bar
            self.kept.print(*objects, **{**options, "soft_wrap": True})
        super().print(*objects, **options)

    def answer(self, shown: RenderableType) -> None:
        """Print to the log, and to standard output."""
        self.kept.print(shown)
        Console(highlight=False).print(shown)

    def keep(self, folder: Path, arguments: Sequence[str]) -> None:
        """From now on write to the log of a folder, behind what it holds; begin with what was said until now.

        Parameters
        ----------
        folder
            Of a run that this process has claimed.
        arguments
            Of the command.

        Raises
        ------
        InputError
            Where it cannot be written.
        """
        begun = self.kept.file
        assert isinstance(begun, io.StringIO)
        try:
            log = (folder / LOG).open("a", encoding="utf-8", buffering=1)
        except OSError as error:
            raise InputError(f"{folder / LOG}: cannot be written ({error.strerror})") from None
        when = datetime.now(UTC).isoformat(timespec="seconds")
        log.write(f"{when} contagion {version('contagion')}: {' '.join(arguments) or 'no overrides'}\n")
        log.write(begun.getvalue())
        self.kept.file = log

    def end(self) -> None:
        """Close the log; what is said later is not kept. Without one, nothing happens."""
        kept, self.kept = self.kept, Console(file=io.StringIO(), quiet=True)
        kept.file.close()
