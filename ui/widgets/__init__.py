"""Parts that screens are put together from. They own no words but by id, no colours but by token, and no data."""
