"""One function = one thing a person does = one transaction."""
