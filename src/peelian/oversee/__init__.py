"""What the panel does: sign a stop, look back at what happened, rate reasons blind. Pure: data in, data out."""
