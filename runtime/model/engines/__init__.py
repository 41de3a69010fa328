"""What carries out headless runs: `threads` of this process, `processes`, or `ray`, whose replicas are on a cluster."""
