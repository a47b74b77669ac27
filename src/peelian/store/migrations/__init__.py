"""How the desk database comes to its newest form; run by :func:`peelian.store.desk.migrate`."""
