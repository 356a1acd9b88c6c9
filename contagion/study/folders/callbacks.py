"""What Hydra calls before it writes anything."""

from pathlib import Path

from hydra.experimental.callback import Callback
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from contagion.errors import InputError
from contagion.study.folders.output_folder import check_fresh, hold, plain


class FreshFolder(Callback):
    """Refuses a used output folder before Hydra writes its own files there.

    Hydra turns exceptions of callbacks into warnings; SystemExit is none and carries the sentence out.
    """

    def on_run_start(self, config: DictConfig, **_: object) -> None:
        """Before a run; a sweep is none of Hydra's."""
        folder = Path(config.hydra.run.dir)
        try:
            check_fresh(folder, plain(config))
            hold(folder)
        except (InputError, OmegaConfBaseException) as error:
            raise SystemExit(str(error)) from None
