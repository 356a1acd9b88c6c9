"""An analysis in sentences and a table."""

from typing import NamedTuple

import pandas as pd


class Finding(NamedTuple):
    """An answer to one question: plain text that is not escaped, and the numbers it rests on."""

    heading: str
    sentences: list[str]
    table: pd.DataFrame
