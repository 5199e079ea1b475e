"""One module per command; `main(arguments)` returns the exit code."""
