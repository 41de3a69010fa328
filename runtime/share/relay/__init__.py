"""A relay: one process that gives hosts behind firewalls a public address. Its server, and the client's side of it."""
