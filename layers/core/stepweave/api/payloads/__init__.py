"""What request bodies may hold, one module per noun, and the requests to use cases that come of them."""
