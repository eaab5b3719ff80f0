"""Documents made readable: an HTML page and a terminal view."""
