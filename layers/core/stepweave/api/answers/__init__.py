"""The shapes of answers, member by member as the contract lists them, one module per noun."""
