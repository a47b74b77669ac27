"""What runs inside a worker: locked down first, then the method, the test of it, or the linking of records."""
