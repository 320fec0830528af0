"""One period as it stood at two sizes, or in two views: the difference of every figure, split by what caused it."""
