"""The demo chain brought to life: a local HQ beside the till, and a scripted day through the real window."""
