"""Who carries grants out: providers behind one contract, and the guarded way out of the house."""
