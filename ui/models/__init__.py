"""Values of the till made ready to paint: every string is made once, when the value changes."""
