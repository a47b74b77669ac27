"""Wiring: a module of use-cases a stage. It opens a view, calls the stage, posts: no rules, no SQL, no HTML."""
