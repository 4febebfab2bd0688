"""Linear, logistic, softmax and Poisson regression (level 8)."""
