"""Methods: from records to findings. One folder a method, each whole in itself and blind to the others."""
