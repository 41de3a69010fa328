"""One script: reading it, naming its inputs, running it, keeping what it loads, and noticing that it changed."""
