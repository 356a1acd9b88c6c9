"""Text in lines of a given width."""

import re
from textwrap import TextWrapper


class Lines(TextWrapper):
    """Also breaks the names of strategies where their words meet, and no per cent off its number."""

    wordsep_re = re.compile(r"(\s+)(?![\s%])|(?<=\w[_+/-])(?=\w)")
