"""Who looks at the page: their values and state, the frames they are sent, and what is kept on disk."""
