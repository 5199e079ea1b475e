"""`stepweave doctor`: what is wrong with a deployed stack, and what to do. Reads only; one module per check."""
