"""The panel room: what outsiders see, ask, sign, make again and stop."""
