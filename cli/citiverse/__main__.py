"""`python -m citiverse` is the same as `citiverse`."""

from citiverse.main import main

main()
