"""`python -m modelapp` is `modelapp`."""

from modelapp.cli import main

main()
