"""The model behind a script: calling it in its framework's way."""
