"""The paper's form: a page declared in one call, which is a script of a few lines underneath."""
