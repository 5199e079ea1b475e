"""What the OpenAPI document says of each operation, one module per noun: summary, answers, errors and examples."""
