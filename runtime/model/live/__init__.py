"""Runs of pages on replicas: what travels to a replica and back, and what both sides keep of a session."""
