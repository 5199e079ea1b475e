"""One module per resource; every handler is: request, one use case, one answer."""
