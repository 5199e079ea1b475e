"""What each group of routes may call, one module per noun."""
