"""People: the keys they hold, signing in, the work they are on. Pure of rules: the gate judges, this carries keys."""
