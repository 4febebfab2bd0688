"""Finding the maximum, and knowing that it is one (level 3): the one door to scipy.optimize."""
