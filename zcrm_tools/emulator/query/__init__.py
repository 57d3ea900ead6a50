"""COQL, criteria and filters → SQL over the store's tables."""
