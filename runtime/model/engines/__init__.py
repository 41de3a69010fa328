"""What carries out headless runs: `threads` of this process, or `processes` that each have a model of their own."""
