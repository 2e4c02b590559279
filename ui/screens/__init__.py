"""One file per screen or page. They show values and send verbs."""
