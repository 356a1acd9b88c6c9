"""`python -m contagion` is the command `contagion`."""

from contagion.study.cli import main

main()
