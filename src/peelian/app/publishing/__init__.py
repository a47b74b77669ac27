"""What leaves: the register, releases of counts, how decisions turned out."""
