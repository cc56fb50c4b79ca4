"""Who may ask for what: every kind of asker, by every kind of what can be asked."""
