"""Pages inside of notebooks: which front end there is, what stands in a cell's output, and the magic of cells."""
