"""Public links: a reverse tunnel through SSH, over which a page on this machine is reached from elsewhere."""
