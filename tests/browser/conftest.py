"""A real Chromium for the tests of the page."""

from chromium import chromium, context, open_page, pytest_collection_modifyitems

__all__ = ["chromium", "context", "open_page", "pytest_collection_modifyitems"]
