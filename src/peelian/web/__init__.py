"""The pages: the public register, the desk, the panel room. They speak to :mod:`peelian.app` and to nothing else."""
