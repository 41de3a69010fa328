"""A page of recorded answers in one file, without a host.

`cases` says what a script is asked, `recording` asks it, `keeping` keeps each element and picture once, `media` brings
pictures to the size at which they are shown, and `page` packs all of it with the page's own script into HTML.
"""
